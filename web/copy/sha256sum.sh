curl -o {{file}} '{{url}}'
{{shell_check}}
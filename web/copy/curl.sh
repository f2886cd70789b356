curl -o {{file}} '{{url}}'

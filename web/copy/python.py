import hashlib
import urllib.request

data = urllib.request.urlopen("{{url}}").read()
{{python_check}}{{python_array}}print(hashlib.sha256(data).hexdigest())

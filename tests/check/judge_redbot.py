"""judge_redbot.py URL - what redbot notes about an answer: `level: text` a line, warnings and worse. Last their numbers."""
import configparser
import sys

import thor
from redbot.resource import HttpResource

config = configparser.ConfigParser()
config.read_dict({"redbot": {"enable_local_access": "True"}})
resource = HttpResource(config["redbot"])
resource.set_request(sys.argv[1])


@thor.events.on(resource)
def check_done():
    thor.stop()


resource.check()
thor.run()
notes = [*resource.response.notes]
if not notes:
    sys.exit("redbot has noted nothing")
for other in resource.subreqs.values():  # the same with conditions, a range and without coding
    notes += other.response.notes
levels = [note.level.value for note in notes]
for note in notes:
    if note.level.value in ("warning", "bad"):
        print(f"{note.level.value}: {sys.argv[1]}: {note.summary}")
print(*(levels.count(level) for level in ("good", "warning", "bad")))

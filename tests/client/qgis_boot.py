"""Starts QGIS without a screen and calls a script in it; see `qgis.py`, which runs this."""

import faulthandler
import importlib.util
import json
import os
import sys


def main() -> None:
    from qgis.core import QgsApplication

    faulthandler.enable()  # where QGIS crashes, say in which line of the script
    asked = json.load(sys.stdin)
    # Standard output is for the answer alone; whatever QGIS prints goes with its warnings.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    application = QgsApplication([], True)
    application.initQgis()
    spec = importlib.util.spec_from_file_location("script", sys.argv[1])
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    answer = json.dumps(script.main(asked))
    with os.fdopen(answer_to, "w") as stream:
        stream.write(answer)
    sys.stderr.flush()
    os._exit(0)  # QGIS may crash while it takes itself down, long after its work is done


if __name__ == "__main__":
    main()

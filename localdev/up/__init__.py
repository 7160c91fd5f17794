"""`devoured up`: the service in production on one small machine, without containers.

command.py is asked, place.py knows the folder and the settings, parts.py starts and restarts the
processes, run.py leads and tells systemd.
"""

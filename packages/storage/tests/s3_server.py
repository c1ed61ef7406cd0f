"""A server of S3's protocol: `s3_server.py PORT [HOST]`.

moto looks whether a name is there, and writes it afterwards; S3 does both at once. So requests are
answered one at a time.
"""

import sys
from threading import Lock

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

application = DomainDispatcherApplication(create_backend_app)
lock = Lock()


def one_at_a_time(environ, start_response):
    """Answer a request when the one before is answered."""
    with lock:
        return application(environ, start_response)


host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
run_simple(host, int(sys.argv[1]), one_at_a_time, threaded=True)

#!/usr/bin/env python3
"""An AWS stand-in at a distance: moto, with a delay added to each call, and a record of all calls.

scripts/bench runs it, with a Python that has moto. It listens on a free port of
127.0.0.1 and prints that port. Then it reads orders from stdin, one JSON value a line, and answers
each with one:

    {"account": 1000}   empties the account, and puts so many roles into it; the answer is its number
    {"calls": true}     the calls since the last question: [action, start, end, connection] each, in
                        seconds and by their start
    {"roles": true}     the roles of the account that do not belong to those thousand

It ends when stdin ends. Connections are kept open between calls, as AWS does.
"""

import argparse
import http.server
import itertools
import json
import logging
import sys
import threading
import time
import urllib.parse

ACCOUNT = "123456789012"
OTHERS = "other-"
TRUST = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


class Handler(http.server.BaseHTTPRequestHandler):
    """Hands a call to moto, half of the delay before and half after."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.connection_number = next(self.server.connections)

    def answer(self):
        start = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(self.server.delay / 2)
        status, headers, text = self.server.moto(self.command, self.path, dict(self.headers), body)
        time.sleep(self.server.delay / 2)
        head = [f"HTTP/1.1 {status}"] + [f"{name}: {value}" for name, value in headers if name.lower() not in ("content-length", "connection")]
        head += [f"Content-Length: {len(text)}", "", ""]
        action = urllib.parse.parse_qs(body.decode(errors="replace")).get("Action", [self.path])[0]
        self.server.record(action, start, time.monotonic(), self.connection_number)
        self.wfile.write("\r\n".join(head).encode() + text)

    do_POST = do_GET = answer

    def log_message(self, *_):
        pass


class StandIn(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, delay):
        super().__init__(("127.0.0.1", 0), Handler)
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        self.application = DomainDispatcherApplication(create_backend_app)
        self.delay = delay
        self.connections = itertools.count(1)
        self.seen, self.lock = [], threading.Lock()
        # moto goes through its roles without a lock: a call beside another one can fail.
        self.one_at_a_time = threading.Lock()

    def moto(self, method, path, headers, body):
        from werkzeug.test import EnvironBuilder, run_wsgi_app
        environ = EnvironBuilder(path=path, method=method, headers=headers, data=body).get_environ()
        with self.one_at_a_time:
            parts, status, answered = run_wsgi_app(self.application, environ, buffered=True)
        return status, answered, b"".join(parts)

    def record(self, *call):
        with self.lock:
            self.seen.append(call)

    def roles_of_account(self):
        from moto.iam.models import iam_backends
        return iam_backends[ACCOUNT]["aws"]

    def obey(self, order):
        if "account" in order:
            from moto.moto_api._internal.models import moto_api_backend
            moto_api_backend.reset()
            # An account with so many roles was granted more than the usual thousand.
            self.roles_of_account().account_summary._roles_quota = 5000
            for number in range(order["account"]):
                self.roles_of_account().create_role(
                    role_name=f"{OTHERS}{number}", assume_role_policy_document=json.dumps(TRUST), path="/",
                    permissions_boundary="", description="", tags=[], max_session_duration=3600)
            return ACCOUNT
        if "calls" in order:
            with self.lock:
                seen, self.seen = sorted(self.seen, key=lambda call: call[1]), []
            return seen
        roles = [role for role in self.roles_of_account().roles.values() if not role.name.startswith(OTHERS)]
        return {role.name: {"trust": parsed(role.assume_role_policy_document), "description": role.description or "",
                            "tags": {tag["Key"]: tag["Value"] for tag in tags_of(role)},
                            "policies": {name: parsed(text) for name, text in role.policies.items()}} for role in roles}


def tags_of(role):
    """The tags of a role, which moto keeps as a list or by their keys."""
    return role.tags.values() if isinstance(role.tags, dict) else role.tags


def parsed(document):
    """A document as moto keeps it: with or without URL encoding, or parsed already."""
    if not isinstance(document, str):
        return document
    return json.loads(document if document.lstrip().startswith("{") else urllib.parse.unquote(document))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=30, metavar="MS", help="milliseconds added to each call (default: 30)")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    server = StandIn(options.delay / 1000)
    server.obey({"account": 0})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    for line in sys.stdin:
        print(json.dumps(server.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

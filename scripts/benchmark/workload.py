"""What the accounts of the benchmark hold: topologies of one sandbox, and their roles in other tools' words."""

import json
import pathlib

SANDBOX = "dev"
REGION = "us-west-2"

# Functions, events, routes, mutations and a state machine: a role for each.
PLAIN = """\
name: part-{number}
hyphenated_names: true
functions:
  accept: {{ function: store }}
  store: {{}}
  price: {{}}
  read: {{}}
{queues}{channels}events:
  Placed{number}:
    producer: shop
    function: store
    state: part-{number}
{event}routes:
  /items:
    method: POST
    function: accept
{route}mutations:
  authorizer: accept
  resolvers:
    read{number}:
      input: {{ id: String }}
      output: Item
      function: read
      subscribe: false
{mutation}states:
  StartAt: Price
  States:
    Price:
      Type: Task
      Resource: arn:aws:states:::lambda:invoke
      Parameters: {{ FunctionName: 'part-{number}-price-{{{{sandbox}}}}' }}
{state}"""

NOTHING = dict.fromkeys(["queues", "channels", "event", "route", "mutation"], "")

# The same with targets that have an ARN each: an inline policy of the topology's own on every role.
EXACT = {
    "queues": "queues:\n  part-{number}-work: {{ function: read }}\n  part-{number}-later: {{}}\n",
    "channels": "channels:\n  updates{number}: {{}}\n",
    "event": "    channel: updates{number}\n",
    "route": "  /later:\n    method: POST\n    queue: part-{number}-later\n",
    "mutation": "    place{number}:\n      input: {{ id: String }}\n      output: Item\n      event: Placed{number}\n"
                "      subscribe: false\n",
    "state": "      Next: Send\n    Send:\n      Type: Task\n      Resource: arn:aws:states:::sqs:sendMessage\n"
             "      Parameters:\n"
             "        QueueUrl: 'https://sqs.{{{{region}}}}.amazonaws.com/{{{{account}}}}/part-{number}-later'\n"
             "        MessageBody.$: $\n      End: true\n",
}

# The edge of the update: the route role is to start state machines, which no route has needed before.
MORE_ROUTE = "  /run:\n    method: POST\n    state: part-{number}\n    async: true\n"

# One in five has exact ARNs, so that fifty fit into what IAM lets a role hold.
ONE_IN = 5


def write_topologies(directory, count, changed):
    """Writes topologies; where it is changed, the first of them has an edge more."""
    for number in range(count):
        parts = EXACT if number % ONE_IN == 0 else {**NOTHING, "state": "      End: true\n"}
        parts = {name: text.format(number=number) for name, text in parts.items()}
        if changed and number == 0:
            parts["route"] += MORE_ROUTE.format(number=number)
        path = pathlib.Path(directory) / f"part-{number}" / "topology.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PLAIN.format(number=number, **parts), encoding="utf-8")


def write_roles(directory, roles):
    """Writes the same roles for the other tools: roles.json, files/ and template.json in a directory."""
    directory = pathlib.Path(directory)
    for name, role in roles.items():
        place = directory / "files" / name
        (place / "policies").mkdir(parents=True, exist_ok=True)
        (place / "trust.json").write_text(json.dumps(role["trust"]), encoding="utf-8")
        (place / "tags.json").write_text(json.dumps(as_tags(role["tags"])), encoding="utf-8")
        (place / "description.txt").write_text(role["description"], encoding="utf-8")
        for policy, document in role["policies"].items():
            (place / "policies" / f"{policy}.json").write_text(json.dumps(document), encoding="utf-8")
    (directory / "roles.json").write_text(json.dumps(roles), encoding="utf-8")
    (directory / "template.json").write_text(json.dumps(template(roles), separators=(",", ":")), encoding="utf-8")


def as_tags(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def template(roles):
    """A CloudFormation template of the roles; each inline policy is a resource, which moto can update."""
    resources = {}
    for at, (name, role) in enumerate(roles.items()):
        resources[f"R{at}"] = {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": name, "AssumeRolePolicyDocument": role["trust"], "Description": role["description"],
            "Tags": as_tags(role["tags"])}}
        for number, (policy, document) in enumerate(role["policies"].items()):
            resources[f"R{at}P{number}"] = {"Type": "AWS::IAM::Policy", "Properties": {
                "PolicyName": policy, "PolicyDocument": document, "Roles": [{"Ref": f"R{at}"}]}}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}

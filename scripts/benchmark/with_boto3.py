#!/usr/bin/env python3
"""Makes or deletes roles with boto3: one client, ten threads, no call that is not needed.

The benchmark compares tcperm with this. It is written as one would write it who cares for speed: roles
beside each other, then all their policies beside each other; what stands as it should is not
written. It knows nothing of others that write to the same roles at the same time.
"""

import argparse
import concurrent.futures
import json
import pathlib

THREADS = 10


def as_tags(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def put_role(iam, name, wanted):
    """Makes a role, or brings its trust policy and tags to what they should be; answers its policies' names."""
    try:
        found = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(wanted["trust"]),
                        Description=wanted["description"], Tags=as_tags(wanted["tags"]))
        return None
    if found["AssumeRolePolicyDocument"] != wanted["trust"]:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(wanted["trust"]))
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
    changed = {key: value for key, value in wanted["tags"].items() if tags.get(key) != value}
    if changed:
        iam.tag_role(RoleName=name, Tags=as_tags(changed))
    if tags.keys() - wanted["tags"].keys():
        iam.untag_role(RoleName=name, TagKeys=list(tags.keys() - wanted["tags"].keys()))
    return iam.list_role_policies(RoleName=name)["PolicyNames"]


def put_policy(iam, role, policy, document, is_there):
    if document is None:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
        return
    if is_there and iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"] == document:
        return
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def put(iam, pool, roles):
    there = dict(zip(roles, pool.map(lambda name: put_role(iam, name, roles[name]), roles)))
    policies = [(role, policy, document, policy in (there[role] or []))
                for role, wanted in roles.items() for policy, document in wanted["policies"].items()]
    policies += [(role, policy, None, True)
                 for role, names in there.items() for policy in names or [] if policy not in roles[role]["policies"]]
    list(pool.map(lambda policy: put_policy(iam, *policy), policies))


def delete(iam, pool, roles):
    names = pool.map(lambda role: iam.list_role_policies(RoleName=role)["PolicyNames"], roles)
    policies = [(role, policy) for role, found in zip(roles, names) for policy in found]
    list(pool.map(lambda it: iam.delete_role_policy(RoleName=it[0], PolicyName=it[1]), policies))
    list(pool.map(lambda role: iam.delete_role(RoleName=role), roles))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["put", "delete"])
    parser.add_argument("roles", type=pathlib.Path, help="a JSON file: name → trust, description, tags, policies")
    options = parser.parse_args()
    import boto3
    import botocore.config
    roles = json.loads(options.roles.read_text(encoding="utf-8"))
    iam = boto3.client("iam", config=botocore.config.Config(max_pool_connections=THREADS))
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        (put if options.verb == "put" else delete)(iam, pool, roles)


if __name__ == "__main__":
    main()

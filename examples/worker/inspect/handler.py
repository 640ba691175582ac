def handler(event, context):
    return {"failed": [record["messageId"] for record in event["Records"]]}

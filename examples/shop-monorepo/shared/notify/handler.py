def handler(event, context):
    return {"sent": True}

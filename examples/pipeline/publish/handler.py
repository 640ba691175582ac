def handler(event, context):
    return {"published": event.get("period")}

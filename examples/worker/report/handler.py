def handler(event, context):
    return {"photos": len(event["detail"].get("resized", []))}

SIZES = (160, 640, 1920)


def handler(event, context):
    photos = [record["body"] for record in event["Records"]]
    return {"resized": [{"photo": photo, "sizes": SIZES} for photo in photos]}

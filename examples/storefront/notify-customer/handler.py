SUBJECTS = {
    "OrderPlaced": "We have your order",
    "OrderShipped": "Your order is on its way",
    "PaymentRefunded": "Your refund",
}


def handler(event, context):
    return {"subject": SUBJECTS.get(event["detail-type"], "News from the shop")}

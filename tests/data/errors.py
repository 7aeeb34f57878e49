"""What livekit-api really says: one JSON line each, with the id that roomkey explain is to give for it."""

import datetime
import json
import os

for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_URL"):
    os.environ.pop(name, None)

from livekit import api

KEY = "APIfake"
SECRET = "fake-secret-0123456789-0123456789-abcd"


def token(seconds=3600):
    return (
        api.AccessToken(KEY, SECRET).with_identity("alice").with_ttl(datetime.timedelta(seconds=seconds))
    )


def verify(jwt, key=KEY, secret=SECRET):
    return api.TokenVerifier(key, secret).verify(jwt)


def webhook():
    jwt = token().with_sha256("eA==").to_jwt()
    return api.WebhookReceiver(api.TokenVerifier(KEY, SECRET)).receive("{}", jwt)


CASES = {
    "keys-missing": lambda: api.AccessToken(),
    "identity-or-room-missing": lambda: token().with_grants(api.VideoGrants(room_join=True)).to_jwt(),
    "not-expired": lambda: verify(token(-3600).to_jwt()),
    "signature": lambda: verify(token().to_jwt(), secret=SECRET + "\n"),
    "unknown-api-key": lambda: verify(token().to_jwt(), key="APIother"),
    "not-a-jwt": lambda: verify("nonsense"),
    "webhook-body": webhook,
}
for id, run in CASES.items():
    text = ""
    try:
        run()
    except Exception as error:
        text = f"{type(error).__module__}.{type(error).__name__}: {error}"
    print(json.dumps({"id": id, "text": text}))

"""The backend that people write from LiveKit's samples, for FastAPI."""

import datetime
import os

from fastapi import FastAPI
from livekit import api
from pydantic import BaseModel

app = FastAPI()


class TokenRequest(BaseModel):
    user_id: str
    room: str


@app.post("/livekit/token")
async def token(request: TokenRequest):
    made = (
        api.AccessToken(os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"])
        .with_identity(request.user_id)
        .with_ttl(datetime.timedelta(minutes=15))
        .with_grants(api.VideoGrants(room_join=True, room=request.room, can_publish=True, can_subscribe=True))
    )
    return {"token": made.to_jwt(), "url": os.environ["LIVEKIT_URL"]}

// The backend that people write from LiveKit's samples, for Express.
import express from 'express';
import { AccessToken } from 'livekit-server-sdk';

const app = express();
app.use(express.json());
app.post('/livekit/token', async (req, res) => {
  const { user_id, room } = req.body;
  if (!user_id || !room) return res.status(400).json({ error: 'user_id and room are required' });
  const token = new AccessToken(process.env.LIVEKIT_API_KEY, process.env.LIVEKIT_API_SECRET, { identity: user_id, ttl: '15m' });
  token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true });
  res.json({ token: await token.toJwt(), url: process.env.LIVEKIT_URL });
});
app.listen(Number(process.env.PORT), '127.0.0.1');

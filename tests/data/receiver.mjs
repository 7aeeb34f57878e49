// A receiver as the documentation of LiveKit's SDK for Node has it. Prints its port; ends with its standard input.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.LIVEKIT_NODE_DIR}/`);
const { WebhookReceiver } = require('livekit-server-sdk');
const receiver = new WebhookReceiver(process.argv[2], process.argv[3]);

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    try {
      const event = await receiver.receive(Buffer.concat(chunks).toString(), request.headers.authorization);
      response.writeHead(200).end(`${event.event} ${event.id} ${request.headers['content-type']}`);
    } catch (error) {
      response.writeHead(401).end(error.message);
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();

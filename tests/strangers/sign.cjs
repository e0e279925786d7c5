// Signs as Twilio does, with Twilio's own code: a request a line comes in, its signature goes out.
'use strict';
const readline = require('node:readline');
const { getExpectedTwilioSignature } = require('twilio/lib/webhooks/webhooks');

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { token, url, params } = JSON.parse(line);
  process.stdout.write(JSON.stringify(getExpectedTwilioSignature(token, url, params)) + '\n');
});

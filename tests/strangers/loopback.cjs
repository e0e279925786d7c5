// Loaded by every node that the tests start: it listens, and reaches nobody beyond this computer.
'use strict';
const dns = require('node:dns');
const net = require('node:net');

const HERE = /^(127\.[\d.]+|::1|::ffff:127\.[\d.]+|localhost)$/i;
const refusal = (host) =>
  new Error(`a test wanted to reach ${host}, which is not on this computer; give it a server on 127.0.0.1 instead`);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const told = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = (told !== null && typeof told === 'object' ? told.host : given[1]) || 'localhost';
  if (!(told && told.path) && typeof host === 'string' && !HERE.test(host)) throw refusal(host);
  return connect.apply(this, given);
};

for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) {
  const ask = dns[name];
  dns[name] = function (host, ...rest) {
    if (!HERE.test(host)) throw refusal(host);
    return ask.call(this, host, ...rest);
  };
}

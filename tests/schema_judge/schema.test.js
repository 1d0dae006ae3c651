// Holds the JSON Schema files equal to the server's validator: the lines that
// the C++ unit test feeds to the validator are judged here by the schemas. One
// file per outcome; all but `valid` are refused. What only a lexer can see
// (depth, repeated members, bytes) is in the C++ test alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';

const root = new URL('../../', import.meta.url);
const read = (name) => fs.readFileSync(new URL(name, root), 'utf8');
const schemaOf = (name) => JSON.parse(read(`schema/${name}`));

const client = schemaOf('base-client.schema.json');
const server = schemaOf('base-server.schema.json');
// Strict, so that a misspelt keyword is an error; unions and properties that
// are stated beside a $ref are meant.
const ajv = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
});
ajv.addSchema([client, server]);
const mayBeSent = ajv.getSchema(client.$id);
const mayBeReceived = ajv.getSchema(server.$id);

const linesOf = (outcome) =>
  read(`tests/unit/schema/messages/${outcome}.ndjson`)
    .split('\n')
    .filter((line) => line !== '');

const refusals = ['reserved', 'unknown_type', 'bad_member'];

const wrongLines = (outcome, judge, expected) =>
  linesOf(outcome).filter((line) => judge(JSON.parse(line)) !== expected);

test('the schemas are valid draft 2020-12', () => {
  assert.equal(ajv.validateSchema(client), true);
  assert.equal(ajv.validateSchema(server), true);
});

test('every message the server takes is valid for a client to send', () => {
  assert.ok(linesOf('valid').length > 50);
  assert.deepEqual(wrongLines('valid', mayBeSent, true), []);
});

for (const outcome of refusals) {
  test(`no message refused as ${outcome} is valid for a client to send`, () => {
    assert.ok(linesOf(outcome).length > 10);
    assert.deepEqual(wrongLines(outcome, mayBeSent, false), []);
  });
}

test('every message a client may send may be received by another', () => {
  assert.deepEqual(wrongLines('valid', mayBeReceived, true), []);
});

test('the notices in the code may be received and not sent', () => {
  const notices = [...read('schema/frames.hpp').matchAll(/R"\((.*)\)"/g)]
    .map((match) => match[1]);
  assert.deepEqual(notices, [
    '{"type":"peer-disconnected"}',
    '{"type":"control","action":"schema-error"}',
  ]);
  for (const notice of notices) {
    assert.equal(mayBeReceived(JSON.parse(notice)), true, notice);
    assert.equal(mayBeSent(JSON.parse(notice)), false, notice);
  }
});

test('the list of reserved types is the one in the code', () => {
  const list = /reserved_types\[\] = \{([^}]*)\}/.exec(
    read('schema/message_type.cpp'));
  const inCode = [...list[1].matchAll(/"([^"]*)"/g)].map((match) => match[1]);
  assert.deepEqual(
    [...client.$defs.serverType.enum].sort(), inCode.sort());
  for (const type of inCode)
    assert.equal(mayBeSent({ type, sdp: 'v=0', action: 'x' }), false, type);
});

test('the list of types a client may send is the one in the code', () => {
  const source = read('schema/message_type.cpp');
  const cases = /case message_kind::\w+:\s+return "(\w+)"/g;
  const names = [...source.matchAll(cases)].map((match) => match[1]);
  assert.equal(names.length, 6);
  for (const type of names) {
    const message = { type, sdp: 'v=0', candidate: '', action: 'x' };
    assert.equal(mayBeSent(message), true, type);
  }
});

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { root } from './cli.js'
import { projectWith } from './folder.js'

const thrift = `
namespace js shop
/** What users are found by. */
typedef i64 UserId
/** How many. */
const i32 MAX_ITEMS = 100
const map<string, i32> STOCK = { "pen": 3, "ink": 0 }
enum Tier { PRO = 5, FREE = 0 }
/** Who buys. */
struct User {
  1: required UserId id
  6: set<string> tags
  /** What it is called. */
  2: string name
  3: optional string note
  4: Tier tier = Tier.PRO
  5: i32 limit = 10
  7: list<User> friends
  8: optional i32 age = 4
}
union Contact { 1: string email, 2: User friend }
exception OutOfStock { 1: string sku, 2: i32 left, 3: string message }
service Base { bool ping() }
service Store extends Base {
  /** Reads one. */
  User getUser(1: UserId id (unit = "none")) (audit = "yes")
  i32 buy(1: UserId id, 2: string sku, 3: i32 count = 1) throws (4: OutOfStock out)
  oneway void log(1: string line)
}
`

const avdl = `
/** Where documents are kept. */
@namespace("vault") protocol Vault {
  fixed Digest(16);
  enum Kind { TEXT, IMAGE } = TEXT;
  record Document {
    string id; Digest digest; Kind kind = "TEXT"; union { null, string } @aliases(["comment"]) note = null;
    union { string, bytes } body; map<long> readers = {}; timestamp_ms storedAt; array<Kind> kinds = [];
    union { string, null } title = "x"; @order("ignore") int n = 4;
  }
  error NotFound { string id; string message; }
  Document fetch(string id, union { null, int } depth = null) throws NotFound;
  void touch(string id) oneway;
}
`

const avsc = `{ "type": "record", "name": "Point", "namespace": "map", "doc": "A place.", "fields": [
  { "name": "y", "type": "int", "doc": "Upwards." }, { "name": "x", "type": "int", "default": 3 }] }`

const proto = `
// Orders of the shop.
syntax = "proto3"; package shop.v1;
import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto"; import "google/protobuf/empty.proto";
enum OrderState { ORDER_STATE_UNSPECIFIED = 0; /* Paid, and not yet sent. */ ORDER_STATE_PAID = 1; }
// What a customer bought.
message Order {
  reserved 7, 9 to 11; reserved "coupon";
  message Item { string sku = 1; uint32 quantity = 2; }
  string id = 1; repeated Item items = 2;
  map<string, int64> totals = 3; // Cents by currency, such as "EUR".
  OrderState state = 4; google.protobuf.Timestamp placed_at = 5; optional string note = 6;
  oneof payment { /* A card. */ Item card = 12; string invoice = 13; }
  Order replaces = 14; google.protobuf.StringValue gift_text = 15; string old_id = 16 [deprecated = true];
}
message GetOrderRequest { string id = 1; }
service Orders {
  // Reads one order. NOT_FOUND where there is none.
  rpc GetOrder(GetOrderRequest) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc PutOrder(Order) returns (google.protobuf.Empty) { option idempotency_level = IDEMPOTENT; }
  rpc WatchOrders(GetOrderRequest) returns (stream Order);
  rpc PutOrders(stream Order) returns (Order);
}
`

/** By the names of files. */
export const sources = { 'shop.thrift': thrift, 'vault.avdl': avdl, 'point.avsc': avsc, 'orders.proto': proto }

const avpr = JSON.stringify({
  protocol: 'Vault',
  namespace: 'vault',
  doc: 'Where documents are kept.',
  types: [
    { type: 'fixed', name: 'Digest', size: 16 },
    { type: 'enum', name: 'Kind', symbols: ['TEXT', 'IMAGE'], default: 'TEXT' },
    {
      type: 'record',
      name: 'Document',
      doc: 'What is kept.',
      fields: [
        { name: 'id', type: 'string', doc: 'Its name.' },
        { name: 'digest', type: 'Digest' },
        { name: 'kind', type: 'Kind', default: 'IMAGE' },
        { name: 'note', type: ['null', 'string'], default: null, aliases: ['comment'], sealed: true },
        { name: 'body', type: ['string', 'bytes'] },
        { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
        { name: 'readers', type: { type: 'map', values: ['null', 'long'] }, default: { a: null } },
      ],
    },
    {
      type: 'error',
      name: 'NotFound',
      fields: [
        { name: 'message', type: 'string' },
        { name: 'id', type: 'string' },
      ],
    },
  ],
  messages: {
    fetch: {
      doc: 'Reads one.',
      request: [
        { name: 'id', type: 'string', doc: 'Which.' },
        { name: 'depth', type: ['null', 'int'], default: null },
      ],
      response: 'Document',
      errors: ['NotFound'],
    },
    touch: { request: [{ name: 'id', type: 'string' }], response: 'null', 'one-way': true },
  },
})

const openapi = `
openapi: 3.1.0
info: { title: Pets, version: '1' }
tags: [{ name: pet, description: All about pets. }]
paths:
  /pets:
    get:
      tags: [pet]
      operationId: listPets
      summary: Lists pets.
      parameters:
        - { name: limit, in: query, schema: { type: integer, format: int32, default: 20 }, description: How many. }
        - { name: status, in: query, required: true, schema: { type: string, enum: [available, sold-out] } }
      responses:
        '200': { description: ok, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Pet' } } } } }
  /pets/{pet-id}:
    get:
      tags: [pet]
      operationId: getPet
      parameters: [{ name: pet-id, in: path, required: true, schema: { type: integer, format: int64 } }]
      responses:
        '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
        '404': { description: none, content: { application/json: { schema: { $ref: '#/components/schemas/NotFound' } } } }
components:
  schemas:
    Pet:
      type: object
      description: A pet.
      required: [name]
      properties: { name: { type: string, description: What it is called. }, born: { type: string, format: date-time }, friend: { $ref: '#/components/schemas/Pet' } }
    NotFound: { type: object, required: [message], properties: { message: { type: string }, id: { type: integer, format: int64 } } }
`

/** What comes from other programs than a compiler: JSON, YAML, and the set that buf makes of the .proto. */
export const others = ['vault.avpr', 'pets.yaml', 'orders.binpb']

/** A project with one source. */
export async function projectOf(t: ExecutionContext, name: string): Promise<string> {
  const cwd = await projectWith(t, { 'package.json': { type: 'module' } })
  const texts: Readonly<Record<string, string>> = { ...sources, 'vault.avpr': avpr, 'pets.yaml': openapi }
  if (name !== 'orders.binpb') await writeFile(join(cwd, name), texts[name] ?? '')
  else {
    const from = await projectWith(t, { 'shop/v1/orders.proto': proto })
    const buf = join(root, 'node_modules/@bufbuild/buf/bin/buf')
    await promisify(execFile)(buf, ['build', from, '--as-file-descriptor-set', '-o', join(cwd, name)])
  }
  return cwd
}

// Names that are hard on JavaScript, on TypeScript or on the classes that import writes, in each format: keywords, what JavaScript and
// polywire declare, what every object inherits, names that differ only by case or by _, and names that polywire makes of others.

const thrift = `namespace js names
const i32 toString = 1
const i32 Object = 3
typedef i64 Number
typedef list<string> Set
enum Promise { Promise = 0, toString = 1, constructor = 2, valueOf = 3, length = 4, hasOwnProperty = 6 }
enum promise { a = 0, A = 1, default_ = 2 }
struct Map { 1: Number Number, 2: Set Set, 3: map<string, Map> maps, 4: Promise Promise }
struct Date { 1: string Date, 2: Map Map, 3: optional string toString, 4: string valueOf, 5: string hasOwnProperty }
struct Field { 1: string Field, 2: Date date, 3: string FIELD, 4: string field }
struct field { 1: string x }
struct Message { 1: string message, 2: Field field }
struct Method { 1: string method, 2: Message Message }
struct unimplemented { 1: bool x }
struct Store_args { 1: string x }
struct store { 1: string x }
union OneOf { 1: string OneOf, 2: Map value }
union oneOf { 1: string oneOf }
exception Error { 1: string message, 2: string Error, 3: string stack, 4: optional string toString, 5: string valueOf }
exception RpcError { 1: string code, 2: string headers, 3: string isPrototypeOf }
service Names {
  Map Promise(1: Map Map, 2: Date Date) throws (1: Error Error, 2: RpcError RpcError)
  field field(1: Field Field)
  void constructor(1: string constructor)
  void hasOwnProperty(1: binary __foo, 2: string _foo)
  OneOf oneOf(1: oneOf a, 2: Method Method, 3: unimplemented u, 4: store store)
}
service Store extends Names {
  Store_args Store(1: string arguments, 2: string eval)
  Field Field(1: promise promise)
  void toString(1: string toString)
}
`

const types = `{ "type": "enum", "name": "Promise", "symbols": ["Promise", "toString", "constructor", "a", "A"] },
  { "type": "fixed", "name": "Set", "size": 4 },
  { "type": "record", "name": "toString", "fields": [{ "name": "valueOf", "type": "string" }, { "name": "value", "type": "Promise" }] },
  { "type": "record", "name": "Map", "fields": [{ "name": "class", "type": "Set" }, { "name": "then", "type": ["null", "toString"] },
    { "name": "Then", "type": { "type": "map", "values": "Map" } }, { "name": "constructor", "type": "int" }] },
  { "type": "record", "name": "map_", "fields": [{ "name": "MAP", "type": "Map" }, { "name": "map", "type": "toString" }] },
  { "type": "error", "name": "Error", "fields": [{ "name": "message", "type": "string" }, { "name": "toString", "type": "long" }] }`
const avpr = `{ "protocol": "Map", "namespace": "names", "types": [${types}], "messages": {
  "Map": { "request": [{ "name": "map", "type": "Map" }, { "name": "Map", "type": "map_" }], "response": "Set", "errors": ["Error"] },
  "map": { "request": [{ "name": "constructor", "type": "Promise" }], "response": "null" },
  "toString": { "request": [{ "name": "__foo", "type": "int" }, { "name": "_foo", "type": "int" }], "response": "string" } } }
`

const avdl = `@namespace("names") protocol \`record\` {
  enum \`error\` { \`null\`, \`true\`, toString }
  fixed \`fixed\`(4);
  record \`date\` { names.error \`union\`; names.fixed \`map\`; string \`string\`; }
  record toString { names.date \`date\`; union { null, names.fixed } valueOf = null; date day; }
  record valueOf { toString toString; array<toString> all; }
  names.date \`throws\`(toString \`oneway\`, valueOf constructor);
}
`

const proto = `syntax = "proto3"; package names;
enum Promise { PROMISE_NONE = 0; toString = 1; constructor = 2; }
message string { int32 int32 = 1; .names.Promise map = 2; }
message optional { .names.string string = 1; repeated .names.string repeated = 2; map<string, .names.string> _ = 3; }
message Entry { message Map { .names.optional Map = 1; } oneof oneof { Map then = 1; .names.string default = 2; } map<string, Map> _ = 3; }
message group { .names.optional group = 1; bytes toString = 2; Entry.Map Entry = 3; Entry hasOwnProperty = 4; map<string, Entry> x__y = 5; }
service stream { rpc stream (.names.group) returns (stream .names.optional); rpc Stream (stream Entry) returns (.names.string); }
`

const openapi = `openapi: 3.1.0
info: { title: Names, version: '1' }
paths:
  /a/{toString}:
    get:
      operationId: constructor
      tags: [Map]
      parameters: [{ name: toString, in: path, required: true, schema: { type: string } }, { name: class, in: query, schema: { type: string } }]
      responses: { 200: { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Map' } } } } }
  /b:
    post:
      operationId: Constructor
      tags: [Map]
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/map' } } } }
      responses: { 200: { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Map' } } } } }
components:
  schemas:
    Numbers: { type: string, enum: [NaN, Infinity, toString, constructor, class] }
    Map:
      type: object
      required: [then]
      properties: { then: { $ref: '#/components/schemas/Numbers' }, Then: { type: string }, constructor: { $ref: '#/components/schemas/map' } }
    map: { type: object, properties: { toString: { type: string, format: constructor }, Date: { $ref: '#/components/schemas/Date' } } }
    Date: { type: object, properties: { date: { type: string, format: date }, valueOf: { type: array, items: { $ref: '#/components/schemas/Map' } } } }
`

/** By the name of the file. */
export const hardNames: Readonly<Record<string, string>> = {
  // The compiler makes an XML prefix of the file's name.
  '2fa.thrift': thrift,
  'a.avpr': avpr,
  'b.avdl': avdl,
  'c.proto': proto,
  'd.yaml': openapi,
}

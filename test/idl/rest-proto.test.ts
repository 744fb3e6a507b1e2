import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { contractOf } from '../../src/idl/module-contract.js'
import { compileProto } from '../../src/idl/proto/compile.js'
import { readDescriptors } from '../../src/idl/proto/read.js'
import { proto } from '../../src/idl/proto/write.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'
import { routeOf } from '../../src/schema/http-rule.js'
import * as library from '../fixtures/library.js'

/** What googleapis has, as far as it is read here. */
const googleapis = {
  'google/api/annotations.proto': `syntax = "proto3";
package google.api;
import "google/api/http.proto";
import "google/protobuf/descriptor.proto";
extend google.protobuf.MethodOptions { HttpRule http = 72295728; }
`,
  'google/api/http.proto': `syntax = "proto3";
package google.api;
message HttpRule {
  string selector = 1;
  oneof pattern {
    string get = 2;
    string put = 3;
    string post = 4;
    string delete = 5;
    string patch = 6;
    CustomHttpPattern custom = 8;
  }
  string body = 7;
  string response_body = 12;
  repeated HttpRule additional_bindings = 11;
}
message CustomHttpPattern { string kind = 1; string path = 2; }
`,
}

async function imported(t: ExecutionContext, files: Readonly<Record<string, string>>, wanted: string) {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-rest-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [path, text] of Object.entries({ ...googleapis, ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const { files: compiled, wanted: names, sourceOf } = await compileProto([join(folder, wanted)], [folder])
  return readDescriptors(compiled, names, sourceOf)
}

const notes = `syntax = "proto3";
package notes;
import "google/api/annotations.proto";
message Note { string name = 1; string text = 2; }
service Notes {
  rpc Get(Note) returns (Note) {
    option (google.api.http) = { get: "/v1/{name=notes/*}" additional_bindings { get: "/v1/all/{name}" response_body: "text" } };
  }
  rpc Put(Note) returns (Note) {
    option (google.api.http) = {
      put: "/v1/{name=notes/*}" body: "*"
      additional_bindings { custom { kind: "MERGE" path: "/v1/{name}" } }
      additional_bindings { post: "no slash" }
    };
  }
  rpc Append(stream Note) returns (Note) { option (google.api.http) = { post: "/v1/notes" body: "*" }; }
  rpc Fill(stream Note) returns (Note) { option (google.api.http) = { post: "/v1/fill" body: "text" }; }
  rpc Plain(Note) returns (Note);
}
`

test('google.api.http becomes @Http, and what @Http cannot have is noted', async t => {
  const read = await imported(t, { 'notes.proto': notes }, 'notes.proto')
  const text = writeTypeScript(read.files, () => '').find(({ path }) => path === 'notes.ts')?.text ?? ''
  t.true(
    text.includes(`  @Method({ accepts: Note, returns: Note }) @Safe()
  @Http('GET /v1/{name=notes/*}')
  @Http('GET /v1/all/{name}', { responseBody: 'text' })
  get(`),
    text,
  )
  t.true(
    text.includes(
      `  @Method({ accepts: Note, returns: Note })\n  @Http('PUT /v1/{name=notes/*}', { body: '*' })\n  put(`,
    ),
    text,
  )
  t.true(text.includes(`  @Method({ accepts: Note, returns: Note })\n  plain(`), text)
  t.regex(text, /import \{.*\bHttp\b.*\} from 'polywire'/)
  t.is(read.notes.length, 3)
  t.regex(read.notes[0] ?? '', /Put: a rule of its google\.api\.http is left out: @Http has no method MERGE/)
  t.regex(read.notes[1] ?? '', /Put: .*begin with a slash/)
  t.true(text.includes("@Http('POST /v1/notes', { body: '*' })"))
  t.regex(
    read.notes[2] ?? '',
    /Fill: a rule of its google\.api\.http is left out: a stream of requests needs body: '\*'/,
  )
})

test('routes are exported as google.api.http, and read back', async t => {
  const [file] = proto.write(contractOf(library))
  const path = file?.path ?? ''
  const { files } = await imported(t, { [path]: file?.text ?? '' }, path)
  const methods = files.flatMap(({ services }) => services).flatMap(one => one.methods)
  const routes = (name: string) => methods.find(method => method.name === name)?.routes
  const schema = contractOf(library).services[0]
  for (const { name, routes: own } of schema?.methods ?? []) {
    const carried = own.filter(({ consumes, produces }) => consumes === undefined && produces === undefined)
    t.deepEqual(
      routes(name),
      carried.map(rule => ({ route: routeOf(rule), body: rule.body, responseBody: rule.responseBody })),
      name,
    )
  }
})

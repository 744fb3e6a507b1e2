import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { serviceOf } from '../../src/decorators/read-service.js'
import { classesOf } from '../../src/idl/classes.js'
import type { Contract, ExportFormat } from '../../src/idl/format.js'
import { exportFormats } from '../../src/idl/formats.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { readSources } from '../../src/idl/read-source.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'
import { Doc, Field, Message, Method, nothing, Service, string } from '../../src/index.js'
import { openApiDocument } from '../../src/protocols/http/openapi/document.js'
import { describe } from '../../src/protocols/standard-services/descriptors.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import { polywire, root } from '../cli/cli.js'
import * as described from '../fixtures/described.js'

const contract = contractOf(described)
const text = (format: ExportFormat, of: Contract = contract) => format.write(of)[0]?.text ?? ''
const lineDoc = 'What to say, <aloud> & "clearly".\n\n  an indented example\nand a last line'

test('schemas have the descriptions of classes and members', t => {
  const { doc, methods } = serviceOf(described.Talk)
  t.deepEqual([doc, methods.map(method => method.doc)], ['Speaks.', ['Says a line.', undefined]])
  const line = messageSchemaOf(described.Line)
  t.is(line?.doc, lineDoc)
  t.deepEqual(
    line?.fields.map(field => field.doc),
    ['The words.', 'The mood.\nOf the speaker.', undefined, 'What it is about.'],
  )
})

test('a subclass inherits the descriptions of members, and an implementation that of its service', t => {
  class Base {
    @Doc('A name.') @Field(1, string) name = ''
    @Doc('A note.') @Field(2, string) note = ''
  }
  Doc('The base.')(Base)
  @Message('talk.Named')
  class Named extends Base {
    @Doc('Another note.') @Field(2, string) override note = ''
  }
  const schema = messageSchemaOf(Named)
  t.is(schema?.doc, undefined)
  t.deepEqual(
    schema?.fields.map(({ doc }) => doc),
    ['A name.', 'Another note.'],
  )
  @Service()
  class Spoken extends described.Talk {}
  t.is(serviceOf(Spoken).doc, 'Speaks.')
  t.is(serviceOf(Spoken).methods[0]?.doc, 'Says a line.')
})

test('@Doc on what has no description is refused at start-up', t => {
  class Wrong {
    get where(): string {
      return ''
    }
    @Method(nothing)
    async here(): Promise<void> {}
  }
  t.throws(() => Doc('A getter.')(Wrong.prototype, 'where', { get: () => '' }), {
    message: 'Wrong.where: a getter cannot have a description; write @Doc(...) before a class, a property or a method',
  })
})

test('a .proto has descriptions as comments', t => {
  const proto = text(exportFormats.proto)
  t.true(
    proto.includes(
      '\n// Speaks.\nservice Talk {\n  // Says a line.\n  //\n  // polywire:throws talk.Silent\n  rpc Say(',
    ),
    proto,
  )
  t.true(
    proto.includes(
      '\n// What to say, <aloud> & "clearly".\n//\n//   an indented example\n// and a last line\nmessage Line {\n' +
        '  // The words.\n  string words = 1;\n  // The mood.\n  // Of the speaker.\n  Mood mood = 2;\n  int32 times = 3;\n' +
        '  // What it is about.\n  oneof about {\n    // A word.\n    string topic = 4;\n',
    ),
    proto,
  )
  t.true(
    proto.includes('// How it is said.\nenum Mood {\n  CALM = 0;\n  // In capital letters.\n  LOUD = 1;\n}'),
    proto,
  )
})

test('descriptors, which reflection sends, have descriptions as comments', t => {
  const [file] = describe([serviceOf(described.Talk)])
  const comments = new Map(
    file?.sourceCodeInfo?.location.map(({ path, leadingComments }) => [path.join('.'), leadingComments]),
  )
  t.is(comments.get('6.0'), ' Speaks.\n')
  t.is(comments.get('6.0.2.0'), ' Says a line.\n')
  const at = file?.messageType.findIndex(({ name }) => name === 'Line')
  t.is(comments.get(`4.${at}.2.1`), ' The mood.\n Of the speaker.\n')
  t.is(comments.get(`4.${at}`), ' What to say, <aloud> & "clearly".\n\n   an indented example\n and a last line\n')
  t.is(comments.get('5.0.2.1'), ' In capital letters.\n')
  t.is(comments.get(`4.${at}.2.3`), ' A word.\n')
  t.is(comments.size, 12)
})

test('Thrift and Avro have descriptions', t => {
  const thrift = text(exportFormats.thrift)
  t.true(thrift.includes('\n/** Speaks. */\nservice Talk {\n  /** Says a line. */\n  Line Say('), thrift)
  t.true(
    thrift.includes('  /** The words. */\n  1: string words,\n  /**\n   * The mood.\n   * Of the speaker.\n   */\n'),
  )
  t.true(
    thrift.includes(
      '  /**\n   * What it is about.\n   *\n   * At most one of the next 2.\n   *\n   * A word.\n   */\n  4: optional',
    ),
  )
  t.true(thrift.includes('  string Echo(/** What to repeat. */ 1: string words),'))
  const avdl = text(exportFormats.avdl)
  t.true(avdl.startsWith('/** Speaks. */\n@namespace("talk")\nprotocol Talk {'), avdl)
  t.true(avdl.includes('  /** Says a line. */\n  Line Say('))
  t.regex(avdl, /\/\*\* A word\. \*\/\n +string topic;/)
  t.true(avdl.includes('  string Echo(/** What to repeat. */ string words = "");'), avdl)
  const avpr = JSON.parse(text(exportFormats.avpr)) as Record<string, Record<string, { doc?: string }>>
  t.like(avpr, { doc: 'Speaks.', messages: { Say: { doc: 'Says a line.' } } })
  t.like(JSON.parse(text(exportFormats.avpr)), {
    messages: { Say: { request: [{ type: { doc: lineDoc, fields: [{ name: 'words', doc: 'The words.' }] } }] } },
  })
})

test('OpenAPI, which servers offer, and JSON Schema have descriptions', t => {
  const document = openApiDocument(contract.services, [])
  t.like(document, {
    tags: [{ name: 'talk.Talk', description: 'Speaks.' }],
    paths: { '/talk.Talk/Say': { post: { description: 'Says a line.' }, get: { description: 'Says a line.' } } },
    components: { schemas: { 'talk.Line': { description: lineDoc } } },
  })
  const { $defs } = JSON.parse(text(exportFormats.jsonschema)) as { $defs: Record<string, object> }
  t.like($defs['talk.Line'], {
    properties: { words: { description: 'The words.' }, mood: { description: 'The mood.\nOf the speaker.' } },
    allOf: [{ description: 'What it is about.' }],
  })
  t.like($defs['talk.Line'], { properties: { topic: { description: 'A word.' } } })
  t.like(document, {
    components: { schemas: { 'talk.EchoRequest': { properties: { words: { description: 'What to repeat.' } } } } },
  })
  t.like($defs['talk.Mood'], { description: 'How it is said.' })
})

test('XML Schema has descriptions', t => {
  const xsd = text(exportFormats.xsd)
  t.true(
    xsd.includes(
      '<xs:complexType name="talk.Line">\n    <xs:annotation>\n      <xs:documentation>What to say, &lt;aloud&gt; &amp; "clearly".',
    ),
    xsd,
  )
  t.regex(xsd, /<xs:element name="words" [^>]*[^/]>\s*<xs:annotation>\s*<xs:documentation>The words\./)
  t.regex(xsd, /<xs:choice[^>]*>\s*<xs:annotation>\s*<xs:documentation>What it is about\./)
  t.regex(xsd, /<xs:element name="topic" [^>]*[^/]>\s*<xs:annotation>\s*<xs:documentation>A word\./)
  t.regex(xsd, /<xs:enumeration value="LOUD">\s*<xs:annotation>\s*<xs:documentation>In capital letters\./)
})

test('a new description changes no handshake of Avro', async t => {
  const { protocolOf } = await import('../../src/protocols/avro/protocol-schema.js')
  const service = serviceOf(described.Talk)
  t.false(protocolOf(service, service.methods).text.includes('doc'))
})

test('describe and ls show descriptions', async t => {
  const module = join(root, 'build/test/fixtures/described.js')
  const method = await polywire(['describe', '-c', module, 'Say'])
  t.deepEqual([method.code, method.err], [0, ''])
  t.true(method.out.includes('\n  Says a line.\n'), method.out)
  t.regex(method.out, /request +talk\.Line +1 +words +string +The words\.\n/)
  t.regex((await polywire(['describe', '-c', module, 'talk.Line'])).out, /^talk\.Line {3}message\n {2}What to say, /)
  t.regex(
    (await polywire(['describe', '-c', module, 'talk.Mood'])).out,
    /How it is said\.\n.*\n {2}1 +LOUD +In capital/,
  )
  const listed = await polywire(['ls', '-c', module, '--json'])
  t.like(JSON.parse(listed.out), { services: [{ doc: 'Speaks.', methods: [{ doc: 'Says a line.' }] }] })
  const line = await polywire(['describe', '-c', module, 'talk.Line', '--json'])
  t.like(JSON.parse(line.out), { doc: lineDoc, fields: [{ name: 'words', doc: 'The words.' }] })
})

for (const name of ['proto', 'avpr', 'avdl'] as const) {
  test(`descriptions come back from a .${name}, as TSDoc and in classes`, async t => {
    const format: ExportFormat = exportFormats[name]
    const cwd = await folder(t)
    for (const { path, text } of format.write(contract)) {
      await mkdir(dirname(join(cwd, path)), { recursive: true })
      await writeFile(join(cwd, path), text)
    }
    const { files } = await readSources(
      format.write(contract).map(({ path }) => join(cwd, path)),
      [cwd],
    )
    const { services, messages, others } = classesOf(files)
    const again = contractOf(Object.fromEntries([...services, ...messages, ...Object.entries(others)]))
    // Blocks are in the order of the source in one, and in that of use in the other.
    t.deepEqual(text(format, again).split('\n').sort(), text(format).split('\n').sort())
    const [source] = writeTypeScript(files, () => 'it')
    t.true(source?.text.includes('/** Speaks. */\n@Service('), source?.text)
    t.true(source?.text.includes('  /** The words. */\n  @Field('), source?.text)
  })
}

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'polywire-docs-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

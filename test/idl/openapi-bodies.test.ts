import test from 'ava'
import { bare, operation, read, text } from './openapi-documents.js'

const state = { type: 'string', enum: ['new', 'old'] }
const form = 'application/x-www-form-urlencoded'
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

test('an inline body is the request itself, by the name of its operation', async t => {
  const schema = { type: 'object', properties: { state, part: { properties: { state } } } }
  const written = await text(t, operation({ requestBody: { content: { 'application/json': { schema } } } }, 'post'))
  for (const line of [
    "export const callRequestState = enumOf(CallRequestState, 'a.CallRequest.State')",
    "export const callRequestPartState = enumOf(CallRequestPartState, 'a.CallRequest.Part.State')",
    "@Message('a.CallRequest')\nexport class CallRequest {",
    '  call(_request: CallRequest): Promise<void>',
  ])
    t.true(written.includes(line), written)
})

test('an enum of a form is called after the request that has its fields', async t => {
  const requestBody = { content: { [form]: { schema: { type: 'object', properties: { state } } } } }
  const written = await text(t, operation({ parameters: [id], requestBody }, 'post', '/a/{id}'))
  t.true(written.includes("enumOf(CallRequestState, 'a.CallRequest.State')"), written)
})

test('only the types that methods and components use are read, with and without --skip', async t => {
  const list = { type: 'array', items: state }
  const document = operation({ requestBody: { content: { 'application/json': { schema: list } } } }, 'post')
  const { files } = await read(t, { 'a.json': { ...bare, ...document } })
  const names = files.flatMap(({ messages, enums }) => [...messages, ...enums].map(({ name }) => name))
  t.deepEqual(names, ['a.CallRequest', 'a.CallRequest.Body'])
})

import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { readSources } from '../../src/idl/read-source.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'
import { currentCall, Service, serve } from '../../src/index.js'
import * as petstore from '../fixtures/idl/generated/petstore.js'

const fixtures = relative(process.cwd(), fileURLToPath(new URL('../../../test/fixtures/idl', import.meta.url)))

test('the classes of an OpenAPI document are those that are kept here, and the same each time', async t => {
  for (let time = 0; time < 2; time++) {
    const { files } = await readSources([join(fixtures, 'petstore.yaml')], [])
    const [written] = writeTypeScript(files, ({ source }) => `${source} -o ${fixtures}/generated`)
    t.is(written?.text, await readFile(join(fixtures, 'generated/petstore.ts'), 'utf8'))
  }
})

@Service()
class Pets extends petstore.PetService {
  override async listPets(request: petstore.ListPetsRequest): Promise<petstore.Pet[]> {
    const { limit, filterTag, status } = request
    const name = `${limit} ${filterTag.join('+')} ${petstore.ListPetsRequestStatus[status]}`
    const kind = Object.assign(new petstore.PetKind(), { type: petstore.PetKindType.dog, bark: true })
    const attributes = new Map([['colour', 'red']])
    return [Object.assign(new petstore.Pet(), { id: 2 ** 40, name, kind, attributes, born: new Date(0) })]
  }

  override async createPet(pet: petstore.NewPet): Promise<petstore.Pet> {
    const { name, photoUrls, category } = pet
    return Object.assign(new petstore.Pet(), { id: 1, name, photoUrls, category })
  }

  override async getPet({ petId }: petstore.GetPetRequest): Promise<petstore.Pet> {
    throw petstore.NotFound.of('no such pet', { id: String(petId) })
  }

  override async updatePet({ petId, body }: petstore.UpdatePetRequest): Promise<petstore.Pet> {
    return Object.assign(new petstore.Pet(), body, { id: petId })
  }

  override async deletePetsByPetId(): Promise<void> {}
}

@Service()
class Photos extends petstore.SwaggerPetstore {
  override async getPhoto(): Promise<Uint8Array> {
    return Buffer.from('a picture')
  }

  override async setPhoto({ id, body }: petstore.SetPhotoRequest): Promise<void> {
    currentCall().replyHeaders.set('x-photo', `${id} ${body.byteLength}`)
  }
}

test('a class that was imported answers as its document says', async t => {
  const server = await serve([Pets, Photos], { host: '127.0.0.1', port: 0, protocols: ['http'], report: () => {} })
  t.teardown(() => server.close())
  const send = async (verb: string, path: string, body?: unknown, type = 'application/json') => {
    const payload =
      body === undefined ? {} : { body: type === 'application/json' ? JSON.stringify(body) : String(body) }
    const headers = body === undefined ? {} : { 'content-type': type }
    return fetch(`http://${server.address}/api/v3${path}`, { method: verb, headers, ...payload })
  }

  const listed = await send('GET', '/pets?status=sold-out&filter[tag]=a&filter[tag]=b')
  t.is(listed.status, 200)
  t.like(await listed.json(), [
    {
      id: 2 ** 40,
      name: '20 a+b sold-out',
      kind: { type: 'dog', bark: true },
      attributes: { colour: 'red' },
      born: '1970-01-01T00:00:00Z',
    },
  ])
  const created = await send('POST', '/pets', { name: 'Rex', photoUrls: ['a'], category: { parent: { name: 'dogs' } } })
  t.is(created.status, 201)
  t.like(await created.json(), { id: 1, name: 'Rex', photoUrls: ['a'], category: { parent: { name: 'dogs' } } })
  const missing = await send('GET', '/pets/7')
  t.is(missing.status, 404)
  t.like(await missing.json(), { code: 'not_found', details: [{ '@type': 'swagger_petstore.NotFound', id: '7' }] })
  t.like(await (await send('PUT', '/pets/7', { id: 1, name: 'Max', photoUrls: [] })).json(), { id: 7, name: 'Max' })
  t.is((await send('DELETE', '/pets/7')).status, 204)
  const photo = await send('GET', '/pets/a/photo')
  t.deepEqual([photo.headers.get('content-type'), await photo.text()], ['image/png', 'a picture'])
  const stored = await send('PUT', '/pets/a/photo', 'xyz', 'image/jpeg')
  t.deepEqual([stored.status, stored.headers.get('x-photo')], [202, 'a 3'])
  t.is((await send('PUT', '/pets/a/photo', 'xyz', 'text/plain')).status, 415)
})

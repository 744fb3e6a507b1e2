import test from 'ava'
import fc from 'fast-check'
import { RouteTable } from '../../../../src/protocols/http/server/rest/route-table.js'
import type { HttpVerb } from '../../../../src/schema/http-rule.js'
import { parseTemplate } from '../../../../src/schema/path-template.js'
import type { MethodSchema } from '../../../../src/schema/service.js'

function entry(text: string, verb: HttpVerb = 'GET') {
  const template = parseTemplate(text, text)
  return { rule: { verb, template }, method: { path: `/test.Test/${text}` } as MethodSchema }
}

function table(...templates: readonly (string | [HttpVerb, string])[]) {
  const routes = new RouteTable<ReturnType<typeof entry>>()
  for (const one of templates) routes.add(typeof one === 'string' ? entry(one) : entry(one[1], one[0]))
  return (path: string, verb: HttpVerb = 'GET') => routes.find(path, verb)?.byVerb.get(verb)?.rule.template.text
}

test('a literal wins over one segment, and one segment over many', t => {
  const find = table('/v1/**', '/v1/*', '/v1/me', '/v1/{user}/posts', '/v1/me/{what=**}')
  t.is(find('/v1/me'), '/v1/me')
  t.is(find('/v1/you'), '/v1/*')
  t.is(find('/v1/you/posts'), '/v1/{user}/posts')
  t.is(find('/v1/me/posts'), '/v1/me/{what=**}')
  t.is(find('/v1/you/likes'), '/v1/**')
  t.is(find('/v1'), '/v1/**')
  t.is(find('/v2'), undefined)
})

test('a route that fits less well is found if the better ones lead nowhere', t => {
  const find = table('/a/b/c', '/a/{x}/d', '/{y}/b/e', '/**')
  t.is(find('/a/b/c'), '/a/b/c')
  t.is(find('/a/b/d'), '/a/{x}/d')
  t.is(find('/a/b/e'), '/{y}/b/e')
  t.is(find('/a/b/f'), '/**')
})

test('what follows the colon belongs to the last segment', t => {
  const find = table('/v1/{id}', ['POST', '/v1/{id}:cancel'], '/v1/{path=**}:stat', '/v1/a:b')
  t.is(find('/v1/1:cancel', 'POST'), '/v1/{id}:cancel')
  t.is(find('/v1/1:cancel'), '/v1/{id}', 'GET has no such route, so the colon is part of the id')
  t.is(find('/v1/x/y:stat'), '/v1/{path=**}:stat')
  t.is(find('/v1/a:b'), '/v1/a:b')
  t.is(find('/v1/a:b:cancel', 'POST'), '/v1/{id}:cancel')
  t.is(find('/v1/a%3Acancel'), '/v1/{id}')
})

test('a slash at the end is part of the path', t => {
  const find = table('/', '/a', '/a/', '/a/{id}', '/b/{id}/', '/c/', '/d/**')
  t.is(find('/'), '/')
  t.is(find('/a'), '/a')
  t.is(find('/a/'), '/a/')
  t.is(find('/a/1'), '/a/{id}')
  t.is(find('/b/1/'), '/b/{id}/')
  t.is(find('/b/1'), undefined)
  t.is(find('/c'), undefined)
  t.is(find('/c//'), undefined)
  t.is(find('/d/'), '/d/**')
})

test('routes for the same requests are refused, naming both', t => {
  for (const [one, other] of [
    ['/v1/{a}', '/v1/{b}'],
    ['/v1/{name=users/*}', '/v1/users/{id}'],
    ['/v1/{rest=**}', '/v1/**'],
    ['/v1/*:x', '/v1/{a}:x'],
  ] as const) {
    const error = t.throws(() => table(one, other), {
      message: /test\.Test\.\/v1\/.* and test\.Test\.\/v1\/.*same requests/,
    })
    t.true(error?.message.includes(`GET ${one} and GET ${other}`), error?.message)
  }
  t.notThrows(() => table('/v1/{a}', ['POST', '/v1/{b}'], '/v1/{a}:x', '/v1/{a=**}'))
})

test('a template that is not one is refused with what is wrong', t => {
  for (const [text, problem] of [
    ['v1', /begin with a slash/],
    ['//', /a segment must be/],
    ['/:a', /a segment must be/],
    ['/v1//a', /a segment must be/],
    ['/v1//', /a segment must be/],
    ['/v1/:a', /a segment must be/],
    ['/v1/{a=b/}', /a segment must be/],
    ['/v1/**/', /last segment/],
    ['/v1/../a', /a segment must be/],
    ['/v1/%20', /a segment must be/],
    ['/v1/{a', /no closing brace/],
    ['/v1/{}', /name of a field/],
    ['/v1/{1a}', /name of a field/],
    ['/v1/{a.}', /closing brace/],
    ['/v1/{a={b}}', /a segment must be/],
    ['/v1/{a}/{a}', /there twice/],
    ['/v1/**/a', /last segment/],
    ['/v1/a:b:c', /not expected/],
    ['/v1/a:b/c', /not expected/],
    ['/v1/x{a}', /not expected/],
    ['/v1/a?b', /not expected/],
  ] as const)
    t.throws(() => parseTemplate(text, 'here'), { message: problem }, text)
})

/** Tries every route, in the order of their precedence. */
function bruteForce(templates: readonly string[], path: string): string | undefined {
  const segments = path.slice(1).split('/')
  const fits = templates.filter(text => {
    const pattern = parseTemplate(text, text).segments
    const isRest = pattern.at(-1) === '**'
    const fixed = isRest ? pattern.slice(0, -1) : pattern
    if (isRest ? segments.length < fixed.length : segments.length !== fixed.length) return false
    return fixed.every((one, at) => (one === '*' ? segments[at] !== '' : one === segments[at]))
  })
  const rank = (text: string) =>
    parseTemplate(text, text)
      .segments.map(one => (one === '**' ? 2 : one === '*' ? 1 : 0))
      .join('')
  // A route that ends is better than `**` for no segment.
  return fits.sort((one, other) => (rank(one) < rank(other) ? -1 : 1))[0]
}

test('the tree finds what trying every route finds', t => {
  const segment = fc.constantFrom('a', 'b', '*')
  const template = fc
    .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([parts, isRest]) => `/${[...parts, ...(isRest ? ['**'] : [])].join('/')}`)
  fc.assert(
    fc.property(
      fc.uniqueArray(template, { minLength: 1, maxLength: 12 }),
      fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 6 }).map(parts => `/${parts.join('/')}`),
      (templates, path) => {
        const found = table(...templates)(path)
        return found === bruteForce(templates, path)
      },
    ),
    { numRuns: 500 },
  )
  t.pass()
})

test('a path of many segments costs no more than its length, whatever the routes', t => {
  // Without a bound, every segment would be tried as a literal and as a variable.
  const find = table(...Array.from({ length: 12 }, (_, at) => `/${'a/'.repeat(at)}*${'/a'.repeat(12 - at)}`))
  t.is(find(`${'/a'.repeat(5_000)}/b`), undefined)
})

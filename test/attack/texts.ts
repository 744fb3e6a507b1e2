import type { Shape } from './rig.js'
import { post } from './wires.js'

/** Long enough for work that is quadratic to take a second. */
const n = 20_000
const spaces = ' '.repeat(n)
const digits = '7'.repeat(n)
/** One of each way to be read from text. */
const scalars = ['legs', 'weight', 'big', 'data', 'at', 'lasts', 'id']

/** Each is one body. Whether it is refused is not asserted here; that it costs no more than honest text is. */
const xml: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    scalars.flatMap(name => [
      [`spaces within ${name}`, `<Load><${name}>1${spaces}1</${name}></Load>`],
      [`line ends within ${name}`, `<Load><${name}>1${'\n\t'.repeat(n / 2)}1</${name}></Load>`],
      [`digits in ${name}`, `<Load><${name}>${digits}</${name}></Load>`],
      [`a fraction of digits in ${name}`, `<Load><${name}>0.${digits}x</${name}></Load>`],
    ]),
  ),
  'spaces within the key of a map': `<Load><by32><key>1${spaces}1</key><value>true</value></by32></Load>`,
  'ampersands in text': `<Load><text>${'&'.repeat(16 * n)}</text></Load>`,
  'references without an end': `<Load><text>${'&#x'.repeat(5 * n)}</text></Load>`,
  'a reference of many digits': `<Load><text>&#x${'0'.repeat(16 * n)}41;</text></Load>`,
  'references in text': `<Load><text>${'&amp;'.repeat(3 * n)}</text></Load>`,
  'ends of sections in text': `<Load><text>${']]'.repeat(8 * n)}</text></Load>`,
  'sections without an end': `<Load><text>${'<![CDATA['.repeat(n)}</text></Load>`,
  'comments without an end': `<Load>${'<!--'.repeat(4 * n)}</Load>`,
  'dashes in a comment': `<Load><!--${'- '.repeat(8 * n)}--></Load>`,
  'instructions without an end': `<Load>${'<?a '.repeat(4 * n)}</Load>`,
  'open brackets': `<Load>${'<'.repeat(16 * n)}</Load>`,
  'quotes in a tag': `<Load ${'a="'.repeat(5 * n)}></Load>`,
  'spaces in a tag': `<Load${spaces.repeat(16)}x></Load>`,
  'attributes in a tag': `<Load ${Array.from({ length: n }, (_, i) => `a${i}=""`).join(' ')}/>`,
  'one attribute many times': `<Load ${'a="" '.repeat(3 * n)}/>`,
  'namespaces in one scope': `<Load ${Array.from({ length: n / 2 }, (_, i) => `xmlns:p${i}="u"`).join(' ')}>${'<p0:text>x</p0:text>'.repeat(n / 4)}</Load>`,
  'namespaces in nested scopes': `${Array.from(
    { length: 60 },
    (_, d) => `<inner ${Array.from({ length: 300 }, (_, i) => `xmlns:p${d * 300 + i}="u"`).join(' ')}>`,
  ).join('')}${'<p0:text>x</p0:text>'.repeat(n / 2)}${'</inner>'.repeat(60)}`,
  'a long name': `<${'a'.repeat(16 * n)}/>`,
  'many prefixes': `<Load>${'<a:b:c:d/>'.repeat(n)}</Load>`,
  'unknown elements': `<Load>${'<a/>'.repeat(4 * n)}</Load>`,
  'elements without an end': `<Load>${'<inner>'.repeat(2 * n)}`,
  'entities of entities': `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, i) => `<!ENTITY b${i} "${'&a;'.repeat(10)}">`).join('')}]><Load><text>&b19;</text></Load>`,
  'a file as an entity': `<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]><Load><text>&a;</text></Load>`,
}

const json: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    scalars.flatMap(name => [
      [`digits in ${name}`, `{"${name}":${digits}}`],
      [`digits as text in ${name}`, `{"${name}":"${digits}"}`],
      [`spaces as text in ${name}`, `{"${name}":"1${spaces}1"}`],
      [`an exponent of digits in ${name}`, `{"${name}":1e${digits}}`],
      [`zeros in ${name}`, `{"${name}":"0.${'0'.repeat(n)}1e${n}"}`],
    ]),
  ),
  'a key of digits': `{"by64":{"${digits}":true}}`,
  'padding in bytes': `{"data":"${'='.repeat(16 * n)}"}`,
  'escapes in text': `{"text":"${'\\u0041'.repeat(2 * n)}"}`,
  'half surrogates': `{"text":"${'\\ud800'.repeat(2 * n)}"}`,
  'quotes in text': `{"text":"${'\\"'.repeat(8 * n)}"}`,
  'backslashes without an end': `{"text":"${'\\\\'.repeat(8 * n)}`,
  'spaces between tokens': `{${spaces.repeat(16)}"text":"x"}`,
  'open arrays': `{"unknown":${'['.repeat(16 * n)}`,
  'open objects': `{"unknown":${'{"a":'.repeat(3 * n)}`,
  'open messages': `${'{"inner":'.repeat(n)}`,
  'a long key': `{"${'a'.repeat(16 * n)}":1}`,
  'unknown keys': `{${Array.from({ length: n }, (_, i) => `"k${i}":0`).join(',')}}`,
  'one key many times': `{${'"text":"x",'.repeat(n)}"legs":1}`,
  'keys that are the same in the end': `{"byText":{${'"k":true,'.repeat(n)}"k":true}}`,
  'a key of every prototype': `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"inner":{"__proto__":{"polluted":1}},"byText":{"__proto__":true}}`,
}

/** What an honest text of a megabyte costs. */
const words = 'honest words '.repeat(80_000)
const honestXml = async (port: number) =>
  void (await post(port, 'application/xml', `<Load><text>${words}</text></Load>`))
const honestJson = async (port: number) => void (await post(port, 'application/json', `{"text":"${words}"}`))

export const shapes: readonly Shape[] = [
  {
    name: 'texts in XML that tempt a parser',
    attack: async (port, t, { spends }) => {
      for (const [name, body] of Object.entries(xml)) {
        const send = async () => {
          const { status, body: reply } = await post(port, 'application/xml', body)
          t.true(status === 200 || (status >= 400 && status < 500), `${name}, status ${status}: ${reply.slice(0, 200)}`)
          if (body.startsWith('<!')) t.is(status, 400, `${name}: document types are refused`)
        }
        await spends(name, send, honestXml, 12)
      }
    },
  },
  {
    name: 'texts in JSON that tempt a parser',
    attack: async (port, t, { spends }) => {
      for (const [name, body] of Object.entries(json)) {
        const send = async () => {
          const { status, body: reply } = await post(port, 'application/json', body)
          t.true(status === 200 || (status >= 400 && status < 500), `${name}, status ${status}: ${reply.slice(0, 200)}`)
        }
        await spends(name, send, honestJson, 12)
      }
    },
  },
]

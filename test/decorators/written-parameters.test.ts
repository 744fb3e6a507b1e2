import test from 'ava'
import { writtenParameters } from '../../src/decorators/written-parameters.js'

test('the source of a method tells its parameters and their default values', t => {
  class Methods {
    none(/* a = 1, b */) {}
    plain(_a: number, _b?: string) {}
    async *mixed(_a: number, _b = 1 /* , c = 2 */, _c = 'a, "b" = (', _d = [1, 2].map(n => n * 2), _e?: unknown) {}
    patterns({ a = 1, b: [c] = [2] }: { a?: number; b?: number[] }, [_d = 3]: number[] = []) {
      return [a, c]
    }
    rest(_a: number, ..._all: unknown[]) {}
    template(_a = `${[1, 2].join(',')} = )`, _b = 1 === Number('1') ? 2 : 3) {}
  }
  const of = (key: keyof Methods) => writtenParameters(Methods.prototype[key]).map(({ initial }) => initial)
  const names = (key: keyof Methods) => writtenParameters(Methods.prototype[key]).map(({ name }) => name)
  t.deepEqual(names('mixed'), ['_a', '_b', '_c', '_d', '_e'])
  t.deepEqual(names('patterns'), [undefined, undefined])
  t.deepEqual(names('rest'), ['_a'])
  t.deepEqual(of('none'), [])
  t.deepEqual(of('plain'), [undefined, undefined])
  t.deepEqual(
    of('mixed').map(initial => initial?.replace(/\s*\/\*.*/, '')),
    [undefined, '1', `'a, "b" = ('`, '[1, 2].map(n => n * 2)', undefined],
  )
  t.deepEqual(of('patterns'), [undefined, '[]'])
  t.deepEqual(of('rest'), [undefined])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a parameter as it is written
  t.deepEqual(of('template'), ["`${[1, 2].join(',')} = )`", "1 === Number('1') ? 2 : 3"])
  t.deepEqual(writtenParameters(undefined), [])
  t.deepEqual(writtenParameters(Methods.prototype.plain.bind({})), [])
})

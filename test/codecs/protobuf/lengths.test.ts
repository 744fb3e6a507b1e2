import test from 'ava'
import fc from 'fast-check'
import protobufjs from 'protobufjs'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { int32, listOf, string } from '../../../src/schema/algebra.js'
import { compile } from '../contract.js'

@Message('lengths.Part')
class Part {
  @Field(1, string) text = ''
  @Field(2, listOf(int32)) numbers: number[] = []
  @Field(3, listOf(string)) words: string[] = []
}

@Message('lengths.Whole')
class Whole {
  @Field(1, listOf(Part)) parts: Part[] = []
}

const { root } = protobufjs.parse(`
  syntax = "proto3";
  package lengths;
  message Part { string text = 1; repeated int32 numbers = 2; repeated string words = 3; }
  message Whole { repeated Part parts = 1; }`)
const peer = root.lookupType('lengths.Whole')
const serializer = compile(protobuf, Whole)

/** A part whose text has that many bytes. */
function part(length: number, words: readonly string[] = []): Part {
  return Object.assign(new Part(), { text: 'x'.repeat(length), numbers: [length, -1], words: [...words] })
}

function agree(parts: Part[]): boolean {
  const message = Object.assign(new Whole(), { parts })
  const expected = Buffer.from(peer.encode(peer.fromObject(message)).finish())
  return expected.equals(serializer.encode(message))
}

test('a length takes as few bytes as it can, whatever the message before took', t => {
  const around = [
    0, 1, 110, 111, 112, 113, 127, 128, 200, 16_360, 16_365, 16_370, 16_384, 70_000, 2_097_140, 3, 2_097_160,
  ]
  for (const one of around)
    for (const other of [5, 300, 20_000]) t.true(agree([part(one), part(other), part(one)]), `${one}, ${other}`)
})

test('messages of any lengths in any order are written as protobufjs writes them', t => {
  const lengths = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 16_000, max: 17_000 })), {
    maxLength: 12,
  })
  const words = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 4 })
  fc.assert(fc.property(lengths, words, (each, texts) => agree(each.map(length => part(length, texts)))))
  t.pass()
})

test('a large message, then small and large ones by turns, are written alike and do not share memory', t => {
  const sizes = [300_000, 300_000, 5, 300_000, 5, 5, 40_000, 40_000, 40_000, 7]
  const written = sizes.map(size => serializer.encode(Object.assign(new Whole(), { parts: [part(size)] })))
  const read = written.map(bytes => serializer.decode(bytes).parts[0]?.text.length)
  t.deepEqual(read, sizes)
})

test('a length is written right wherever its part ends in the memory that messages share', t => {
  const slab = 32 * 1024
  // Each message leaves less of the slab to the next one, so that in some round the last part ends exactly with it.
  for (let length = 900; length < 1100; length++) {
    for (let used = 0; used < 2 * slab; used += length) {
      const parts = [part(length - 30), Object.assign(new Part(), { text: '' }), new Part()]
      if (!agree(parts)) return t.fail(`${length} bytes, ${used} before`)
    }
  }
  t.pass()
})

test('what a small message holds is small, even if the one before was large', t => {
  const whole = (size: number) => Object.assign(new Whole(), { parts: [part(size)] })
  for (let n = 0; n < 3; n++) serializer.encode(whole(5_000_000))
  for (let n = 0; n < 3; n++) {
    const { buffer } = serializer.encode(whole(5))
    t.true(buffer.byteLength <= 64 * 1024, `${buffer.byteLength} bytes`)
  }
})

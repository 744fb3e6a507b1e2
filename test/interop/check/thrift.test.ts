import { execFile } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { snapshotOfModels } from '../../../src/idl/check/snapshot.js'
import { thriftFindings } from '../../../src/idl/check/thrift.js'
import { readSources } from '../../../src/idl/read-source.js'
import { folder } from '../idl/programs.js'

const store = `
namespace java shop
const i32 LIMIT = 10
const string GREETING = "hello"
enum Tier { FREE = 1, PRO = 5, GONE = 7 }
enum Colour { RED = 1, BLUE = 2 }
enum Unused { A = 1 }
enum Mode { ON = 1 }
const Mode BEST = Mode.ON
const map<Mode, list<Mode>> MODES = { Mode.ON: [Mode.ON] }
struct Item { 1: string sku, 2: i32 count }
struct Box { 1: Item item }
struct Order {
  1: i16 size
  2: Tier tier
  3: bool paid
  4: list<double> sums
  5: required string id
  6: optional string note
  8: i32 limit = 10
  9: double rate = 1.5
  10: map<Tier, Colour> colours
  11: map<string, Item> items
  12: set<i32> numbers
  13: string name = "x"
  20: string last
}
union Contact { 1: string email, 2: Item item }
exception Closed { 1: string reason, 2: i32 code }
exception Lost { 1: string place }
service Base {
  bool ping()
  oneway void log(1: string line)
  void store(1: i32 id, 3: Item item, 8: list<Tier> tiers)
}
service Shop extends Base {
  Tier tier(1: Item item) throws (1: Closed closed)
  Item find(1: map<i64, double> sums) throws (1: Closed closed, 2: Lost lost)
  string name(1: list<string> names)
  list<i32> numbers()
  map<Tier, Colour> colours()
  map<string, Item> items()
}
service Other extends Base { void other() }
`

/** The changes that Apache Thrift's own test of --audit lists (test/audit/thrift_audit_test.pl), and the rest of its messages. */
const cases: Readonly<Record<string, readonly (readonly [from: string | RegExp, to: string])[]>> = {
  'a method removed from the base': [['bool ping()', '']],
  'a field from i16 to i32': [['1: i16 size', '1: i32 size']],
  'a field from one enum to another': [['2: Tier tier', '2: Colour tier']],
  'a field from bool to string': [['3: bool paid', '3: string paid']],
  'a field from bool to a list': [['3: bool paid', '3: list<bool> paid']],
  'a list of other elements': [['list<double> sums', 'list<i16> sums']],
  'no longer required': [['5: required string', '5: string']],
  'required now': [['6: optional string', '6: required string']],
  'optional from default': [['3: bool paid', '3: optional bool paid']],
  'a field removed in the middle': [['3: bool paid', '']],
  'the first field removed': [['1: i16 size', '']],
  'the last field removed': [['20: string last', '']],
  'a reply from one enum to another': [['Tier tier(', 'Colour tier(']],
  'a reply from one struct to another': [['Item find(', 'Box find(']],
  'a reply from string to double': [['string name(1', 'double name(1']],
  'a reply of other elements': [['list<i32> numbers()', 'list<i16> numbers()']],
  'a reply with other keys': [['map<Tier, Colour> colours()', 'map<Colour, Colour> colours()']],
  'a reply with other values': [['map<string, Item> items()', 'map<string, Box> items()']],
  'a reply from nothing': [['void store', 'i32 store']],
  'oneway no more': [['oneway void log', 'void log']],
  'oneway now': [['void store', 'oneway void store']],
  'the first member removed': [['FREE = 1, ', '']],
  'the last member removed': [[', GONE = 7', '']],
  'a member in between removed': [['PRO = 5, ', '']],
  'a member renamed': [['PRO = 5', 'PREMIUM = 5']],
  'a member added': [['GONE = 7', 'GONE = 7, NEW = 9']],
  'an enum removed': [['enum Unused { A = 1 }', '']],
  'an enum renamed': [[/Colour/g, 'Color']],
  'a required field added': [['20: string last', '20: string last, 21: required i32 more']],
  'a field added': [['20: string last', '20: string last, 21: i32 more']],
  'a field added in the middle': [['8: i32', '7: i32 more\n  8: i32']],
  'a required field added in the middle': [['8: i32', '7: required i32 more\n  8: i32']],
  'inheritance removed': [['Other extends Base', 'Other']],
  'inheritance changed': [['Other extends Base', 'Other extends Shop']],
  'inheritance added': [['service Base {', 'service Root { void root() }\nservice Base extends Root {']],
  'an argument of another type': [['3: Item item, 8', '3: Box item, 8']],
  'an argument with other elements': [['8: list<Tier>', '8: list<Colour>']],
  'an argument from map to list': [['1: map<i64, double> sums', '1: list<i64> sums']],
  'an argument from list to string': [['1: list<string> names', '1: string names']],
  'an argument removed': [[', 8: list<Tier> tiers', '']],
  'an argument added': [['8: list<Tier> tiers', '8: list<Tier> tiers, 9: i32 more']],
  'an argument added in the middle': [['3: Item item', '2: i32 more, 3: Item item']],
  'an argument renamed': [['1: string line', '1: string text']],
  'an exception removed': [[', 2: Lost lost', '']],
  'an exception of another type': [['Item item) throws (1: Closed closed)', 'Item item) throws (1: Lost closed)']],
  'an exception added': [
    ['string name(1: list<string> names)', 'string name(1: list<string> names) throws (1: Lost lost)'],
  ],
  'a field of an exception of another type': [['1: string reason', '1: i64 reason']],
  'a default changed': [['i32 limit = 10', 'i32 limit = 11']],
  'a default removed': [['double rate = 1.5', 'double rate']],
  'a default added': [['20: string last', '20: string last = "y"']],
  'a default of a text': [['name = "x"', 'name = "z"']],
  'a field renamed': [['1: i16 size', '1: i16 length']],
  'two fields renamed': [
    ['1: i16 size', '1: i16 length'],
    ['20: string last', '20: string final'],
  ],
  'a struct removed': [['struct Box { 1: Item item }', '']],
  'an exception removed as a type': [
    ['exception Lost { 1: string place }', ''],
    [', 2: Lost lost', ''],
  ],
  'a struct added': [['struct Box', 'struct Fresh { 1: i32 x }\nstruct Box']],
  'a service removed': [['service Other extends Base { void other() }', '']],
  'a service added': [['service Other', 'service Fresh { void f() }\nservice Other']],
  'a constant removed': [['const i32 LIMIT = 10', '']],
  'a constant of another value': [['LIMIT = 10', 'LIMIT = 11']],
  'a case of a union removed': [[', 2: Item item }', ' }']],
  'another namespace': [['namespace java shop', 'namespace java store']],
  'several at once': [
    ['1: i16 size', '1: i64 length'],
    ['FREE = 1, ', ''],
    ['bool ping()', ''],
    ['6: optional string', '6: required string'],
  ],
}

const messages: readonly (readonly [RegExp, string])[] = [
  [/Namespace .* changed/, 'THRIFT_NAMESPACE_CHANGED'],
  [/Name of the value .* changed in enum/, 'THRIFT_ENUM_VALUE_RENAMED'],
  [/Enum value .* missing/, 'THRIFT_ENUM_VALUE_REMOVED'],
  [/Enum .* not found/, 'THRIFT_ENUM_REMOVED'],
  [/Struct Field Type Changed/, 'THRIFT_FIELD_TYPE_CHANGED'],
  [/Struct Field Requiredness Changed/, 'THRIFT_FIELD_REQUIREDNESS_CHANGED'],
  [/Default value changed/, 'THRIFT_DEFAULT_CHANGED'],
  [/Struct field name changed/, 'THRIFT_FIELD_RENAMED'],
  [/Struct Field removed/, 'THRIFT_FIELD_REMOVED'],
  [/Required Struct Field Added/, 'THRIFT_REQUIRED_FIELD_ADDED'],
  [/added in the middle/, 'THRIFT_FIELD_ADDED_IN_MIDDLE'],
  [/Struct .* not found/, 'THRIFT_STRUCT_REMOVED'],
  [/Oneway attribute changed/, 'THRIFT_ONEWAY_CHANGED'],
  [/Return type changed/, 'THRIFT_RETURN_TYPE_CHANGED'],
  [/missing function/, 'THRIFT_FUNCTION_REMOVED'],
  [/missing a service/, 'THRIFT_SERVICE_REMOVED'],
  [/Change in Service inheritance/, 'THRIFT_INHERITANCE_CHANGED'],
  [/Constants Missing/, 'THRIFT_CONST_REMOVED'],
  [/Constant .* is of different type/, 'THRIFT_CONST_TYPE_CHANGED'],
  [/Constant .* has different value/, 'THRIFT_CONST_VALUE_CHANGED'],
]

/** `break THRIFT_FIELD_REMOVED` for each line of an audit. */
function audit(cwd: string): Promise<string[]> {
  return new Promise((done, failed) => {
    execFile('thrift', ['--audit', 'old.thrift', 'new.thrift'], { cwd }, (error, out, err) => {
      if (error !== null && error.code !== 2)
        return failed(new Error(`thrift --audit ended with ${error.code}: ${err}`))
      const lines = `${out}${err}`.split('\n').filter(line => line.startsWith('[Thrift Audit'))
      done(
        lines.map(line => {
          const rule = messages.find(([form]) => form.test(line))?.[1] ?? line
          return `${line.startsWith('[Thrift Audit Failure') ? 'break' : 'warn'} ${rule}`
        }),
      )
    })
  })
}

test('check finds what thrift --audit finds, rule by rule', async t => {
  const seen = new Set<string>()
  for (const [name, edits] of Object.entries(cases)) {
    let changed = store
    for (const [from, to] of edits) {
      const edited = changed.replace(from, to)
      t.not(edited, changed, `${name}: ${from}`)
      changed = edited
    }
    const cwd = await folder(t, [
      { path: 'old.thrift', text: store },
      { path: 'new.thrift', text: changed },
    ])
    const snapshot = async (file: string) => snapshotOfModels(await readSources([join(cwd, file)], []))
    // Methods that a service inherits are its own to us, and the audit counts them once.
    const findings = thriftFindings(await snapshot('old.thrift'), await snapshot('new.thrift'))
    const apart = findings.filter(({ at }) => !/Shop\/(?:ping|log|store)|Other\/(?:ping|log|store)/.test(at))
    const ours = apart.map(({ level, rule }) => `${level} ${rule}`)
    const theirs = await audit(cwd)
    for (const one of theirs) seen.add(one)
    t.deepEqual(ours.sort(), theirs.sort(), name)
  }
  // Each message of the audit is met but two: a language that is gone, and a constant of another type that still compiles.
  t.is(seen.size, messages.length - 1, [...seen].sort().join('\n'))
})

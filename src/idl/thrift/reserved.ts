/** Words that the Thrift compiler refuses as names, since some language has them. Source: thriftl.ll of Apache Thrift. */
const reserved: ReadonlySet<string> = new Set(
  (
    'BEGIN END __CLASS__ __DIR__ __FILE__ __FUNCTION__ __LINE__ __METHOD__ __NAMESPACE__ abstract alias and args as assert begin break ' +
    'case catch class clone continue declare def default del delete do dynamic elif else elseif elsif end enddeclare endfor endforeach ' +
    'endif endswitch endwhile ensure except exec finally float for foreach from function global goto if implements import in inline ' +
    'instanceof interface is lambda module native new next nil not or package pass public print private protected raise redo rescue ' +
    'retry register return self sizeof static super switch synchronized then this throw transient try undef unless unsigned until use ' +
    'var virtual volatile when while with xor yield ' +
    'namespace cpp_include cpp_type include void bool byte i8 i16 i32 i64 double string binary uuid map list set oneway async typedef ' +
    'struct union exception extends throws service enum const required optional reference slist senum true false'
  ).split(' '),
)

/** The annotation of a field or an argument whose own name is reserved. */
export const nameAnnotation = 'polywire.name'

/** Whether an annotation can have this key. */
export function isThriftKey(key: string): boolean {
  return /^[A-Za-z_]\w*(?:\.\w+)*$/.test(key) && !reserved.has(key)
}

const form = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Whether Thrift can have something of this name. */
export function isThriftName(name: string): boolean {
  return form.test(name) && !reserved.has(name)
}

/** The name of a field: one that Thrift reserves gets a `_`. No wire of Thrift carries it. */
export function thriftFieldName(name: string): string {
  return isThriftName(name) ? name : `${name}_`
}

import { FieldType } from '../../protocols/standard-services/descriptor-messages.js'
import type { CodeOptions } from './code-options.js'
import type { FieldView } from './field-view.js'
import type { ProtobufRule } from './protobuf-rules.js'
import type { FileView } from './view.js'

// What of a .proto file changes the code that is generated from it in other languages. Classes have none of it.

/** A rule that is broken, and why. */
export type Broken = readonly [rule: ProtobufRule, why: string]

/** The option of each rule. */
const optionOf = {
  FILE_SAME_CC_ENABLE_ARENAS: 'ccEnableArenas',
  FILE_SAME_CC_GENERIC_SERVICES: 'ccGenericServices',
  FILE_SAME_CSHARP_NAMESPACE: 'csharpNamespace',
  FILE_SAME_GO_PACKAGE: 'goPackage',
  FILE_SAME_JAVA_GENERIC_SERVICES: 'javaGenericServices',
  FILE_SAME_JAVA_MULTIPLE_FILES: 'javaMultipleFiles',
  FILE_SAME_JAVA_OUTER_CLASSNAME: 'javaOuterClassname',
  FILE_SAME_JAVA_PACKAGE: 'javaPackage',
  FILE_SAME_OBJC_CLASS_PREFIX: 'objcClassPrefix',
  FILE_SAME_OPTIMIZE_FOR: 'optimizeFor',
  FILE_SAME_PHP_CLASS_PREFIX: 'phpClassPrefix',
  FILE_SAME_PHP_METADATA_NAMESPACE: 'phpMetadataNamespace',
  FILE_SAME_PHP_NAMESPACE: 'phpNamespace',
  FILE_SAME_PY_GENERIC_SERVICES: 'pyGenericServices',
  FILE_SAME_RUBY_PACKAGE: 'rubyPackage',
  FILE_SAME_SWIFT_PREFIX: 'swiftPrefix',
} as const satisfies Partial<Record<ProtobufRule, keyof CodeOptions>>

/** What the absence of an option means where that is not its zero. Source: google/protobuf/descriptor.proto. */
const defaults: CodeOptions = { ccEnableArenas: true, optimizeFor: 1 }

/** The options of a file that changed. */
export function brokenInFile(old: FileView, now: FileView): Broken[] {
  return Object.entries(optionOf).flatMap(([rule, option]): Broken[] => {
    const [one, other] = [old, now].map(({ options }) => optionIn(options, option))
    const text = (value: unknown) => (value ? JSON.stringify(value) : 'not set')
    return one === other ? [] : [[rule as keyof typeof optionOf, `${option}: ${text(one)} became ${text(other)}`]]
  })
}

function optionIn(options: CodeOptions, option: (typeof optionOf)[keyof typeof optionOf]): unknown {
  const value = options[option]
  // An empty text and the number 0 stand for an absent option.
  return (value === '' || value === 0 ? undefined : value) ?? defaults[option] ?? false
}

/** What changed of a field in C++, Java and JavaScript. */
export function brokenInField(old: FieldView, now: FieldView, isEntry: boolean): Broken[] {
  const broken: Broken[] = []
  const both = (...types: FieldType[]) => types.includes(old.type) && types.includes(now.type)
  if (both(FieldType.TYPE_STRING, FieldType.TYPE_BYTES) && !isEntry) {
    const [one, other] = [cppType(old), cppType(now)]
    // What took pieces takes whole strings.
    if (one !== other && !(one === 'string piece' && other === 'string'))
      broken.push(['FIELD_SAME_CPP_STRING_TYPE', `${one} became ${other} in C++`])
  }
  if (both(FieldType.TYPE_STRING)) {
    const [one, other] = [old.isCheckedInJava, now.isCheckedInJava]
    if (one !== other)
      broken.push(['FIELD_SAME_JAVA_UTF8_VALIDATION', other ? 'Java checks its UTF-8 now' : 'Java checks it no more'])
  }
  if (both(...wide) && (old.options.jstype ?? 0) !== (now.options.jstype ?? 0))
    broken.push(['FIELD_SAME_JSTYPE', 'it has another type in JavaScript that protoc generates'])
  return broken
}

const wide = [
  FieldType.TYPE_INT64,
  FieldType.TYPE_UINT64,
  FieldType.TYPE_SINT64,
  FieldType.TYPE_FIXED64,
  FieldType.TYPE_SFIXED64,
]

const cppTypes = ['string', 'cord', 'string piece'] as const
const cppFeatures = ['string', 'view', 'cord', 'string'] as const

/** The option `ctype`, or else the feature, whose default changed with edition 2024. */
function cppType({ options, features }: FieldView): string | undefined {
  if (options.ctype !== undefined) return cppTypes[options.ctype]
  return cppFeatures[features.cppStrings ?? 0]
}

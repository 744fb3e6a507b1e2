import { type FieldDescriptorProto, FieldLabel, FieldType, type FileDescriptorProto } from './descriptor-messages.js'

export const syntax = 'proto3'

/** google.protobuf.Timestamp and Duration have the same fields. */
export function wellKnownFile(name: string, fileName: string): FileDescriptorProto {
  const optional = FieldLabel.LABEL_OPTIONAL
  const field: FieldDescriptorProto[] = [
    { name: 'seconds', number: 1, label: optional, type: FieldType.TYPE_INT64, jsonName: 'seconds' },
    { name: 'nanos', number: 2, label: optional, type: FieldType.TYPE_INT32, jsonName: 'nanos' },
  ]
  const message = { name, field, nestedType: [], enumType: [], oneofDecl: [] }
  return {
    name: fileName,
    package: 'google.protobuf',
    dependency: [],
    messageType: [message],
    enumType: [],
    service: [],
    syntax,
  }
}

export function importInto(from: FileDescriptorProto, file: FileDescriptorProto): void {
  if (from !== file && !from.dependency.includes(file.name)) from.dependency.push(file.name)
}

/** The files in an order in which each follows those that it imports. */
export function inOrder(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>()
  const visiting = new Set<string>()
  const visit = (name: string) => {
    const file = files.get(name)
    if (file === undefined || visiting.has(name)) return
    visiting.add(name)
    for (const dependency of file.dependency) visit(dependency)
    ordered.add(file)
  }
  for (const name of files.keys()) visit(name)
  return [...ordered]
}

export function fileName(pack: string): string {
  return pack === '' ? 'default.proto' : `${pack.replaceAll('.', '/')}.proto`
}

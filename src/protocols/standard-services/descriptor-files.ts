import type { FileDescriptorProto } from './descriptor-messages.js'
import { packageOf } from './descriptor-names.js'

export const syntax = 'proto3'

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

/** The file of a service or a type. */
export function fileName(name: string): string {
  const pack = packageOf(name)
  return wellKnownFiles.get(name) ?? (pack === '' ? 'default.proto' : `${pack.replaceAll('.', '/')}.proto`)
}

/** Of the classes that are messages of protobuf itself. */
const wellKnownFiles: ReadonlyMap<string, string> = new Map([
  ['google.protobuf.Any', 'google/protobuf/any.proto'],
  ['google.protobuf.Empty', 'google/protobuf/empty.proto'],
])

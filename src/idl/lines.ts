/** Indents each line by two spaces. */
export function indented(lines: readonly string[]): string[] {
  return lines.map(line => (line === '' ? '' : `  ${line}`))
}

/** A description as the comment that Thrift and Avro's IDL take for one. */
export function docComment(doc: string | undefined): string[] {
  if (doc === undefined) return []
  const lines = doc.replaceAll('*/', '*\\/').split('\n')
  return lines.length === 1 ? [`/** ${lines[0]} */`] : ['/**', ...lines.map(line => ` * ${line}`.trimEnd()), ' */']
}

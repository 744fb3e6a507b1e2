/** A command line to paste into a shell. */
export function pasted(line: readonly string[]): string {
  return ['polywire', ...line.map(quoted)].join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

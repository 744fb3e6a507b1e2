/** Text of others without what would move the cursor of a terminal, or change its colours. Line ends stay. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD')
}

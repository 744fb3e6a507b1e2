import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { Refusal } from '../refusal.js'
import { openComment } from './comments.js'

/** Includes stand at the start of a file, one a line. */
const form = /^[ \t]*include[ \t]+(["'])(.+?)\1/gm

/**
 * Refuses files that include each other, which crash the Thrift compiler, and comments that do not end, with which it never ends.
 * @param folders of -I
 * @throws Refusal that names the circle, or the line of the comment
 */
export async function refuseCircles(path: string, folders: readonly string[]): Promise<void> {
  const done = new Set<string>()
  const shown = (file: string) => (file === resolve(path) ? path : relative(process.cwd(), file))
  async function visit(file: string, trail: readonly string[]): Promise<void> {
    const circle = trail.indexOf(file)
    if (circle >= 0) {
      const names = [...trail.slice(circle), file].map(one => relative(process.cwd(), one))
      throw new Refusal(path, 'its includes', `they are circular: ${names.join(' includes ')}`)
    }
    if (done.has(file)) return
    // What cannot be read is for the compiler to say.
    const text = await readFile(file, 'utf8').catch(() => '')
    const line = openComment(text)
    if (line !== undefined)
      throw new Refusal(`${shown(file)}:${line}`, 'the file', 'the comment that begins here does not end')
    for (const [, , name = ''] of text.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, '').matchAll(form)) {
      const found = [dirname(file), ...folders].map(folder => resolve(folder, name)).find(existsSync)
      if (found !== undefined) await visit(found, [...trail, file])
    }
    done.add(file)
  }
  await visit(resolve(path), [])
}

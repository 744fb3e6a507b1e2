import { hasSlashes, type PathTemplate, type PathVariable } from '../../../../schema/path-template.js'
import { malformed } from './parameters.js'

/** `.` or `..` between slashes of either kind. */
const relative = /(?:^|[/\\])\.\.?(?:[/\\]|$)/

/**
 * The value of a variable of a path. A value of one segment is decoded whole; in one of several `%2F` stays, so that it cannot be taken for
 * a slash of the path. Source: google/api/http.proto, "Path template syntax".
 *
 * @param segments of the request, not decoded
 * @throws RpcError `invalid_argument` (`malformed_path`), also for `.` and `..`, which could lead a handler to another resource
 */
export function valueIn(segments: readonly string[], variable: PathVariable, template: PathTemplate): string {
  const keepsSlashes = hasSlashes(template, variable)
  const end = template.segments[variable.to - 1] === '**' ? segments.length : variable.to
  const value = segments
    .slice(variable.from, end)
    .map(segment => decoded(keepsSlashes ? segment.replace(/%2f/gi, kept) : segment, variable))
    .join('/')
  if (relative.test(value)) throw malformed(variable.field, '. and .. are not segments of a path', 'path')
  return value
}

/** `%252F` is decoded to `%2F`. */
function kept(slash: string): string {
  return `%25${slash.slice(1)}`
}

function decoded(segment: string, { field }: PathVariable): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw malformed(field, 'its percent-encoding is not that of UTF-8', 'path')
  }
}

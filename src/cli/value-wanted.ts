const wanted: Readonly<Record<string, string>> = {
  int32: 'an integer from -2147483648 to 2147483647',
  uint32: 'an integer from 0 to 4294967295',
  int64: 'an integer from -9223372036854775808 to 9223372036854775807',
  uint64: 'an integer from 0 to 18446744073709551615',
  float: 'a number',
  double: 'a number',
  bool: 'true or false',
  string: 'a text',
  bytes: 'base64',
}

/** A codec's error about a value, `upTo: expected int32, got string "three"`, for someone who typed it and need not know the type. */
export function saidOf(problem: string, typed: unknown): string {
  const [, path, type = ''] = /^(\S.*?): expected (\w+), got /.exec(problem) ?? []
  const what = wanted[type]
  return path === undefined || what === undefined ? problem : `${path} must be ${what}, got ${JSON.stringify(typed)}`
}

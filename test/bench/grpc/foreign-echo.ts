/** bench.Echo in another language, as one program that serves and calls: see harness/foreign.ts. */
export interface ForeignEcho {
  /** As it stands in the table. */
  readonly name: string
  /** What building takes: a program of PATH, an absolute path, or a library that pkg-config knows, and the Debian package that brings it. */
  readonly needs: readonly {
    readonly what: string
    readonly of: 'program' | 'path' | 'library'
    readonly package: string
  }[]
  /**
   * Builds the program.
   *
   * @param sources the folder of echo.proto
   * @param folder an empty folder for everything that is written
   * @returns the program's path
   */
  build(sources: string, folder: string): Promise<string>
  /** Of the library and of its compiler: `1.51.1, g++ 12.2.0`. */
  version(): Promise<string>
}

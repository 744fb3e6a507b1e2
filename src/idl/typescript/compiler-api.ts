/** The part of TypeScript's compiler API that is used: version 7 has none, so that its types are of no help. Source: TypeScript 5 and 6. */
export interface CompilerApi {
  readonly sys: object
  createSourceFile(path: string, text: string, target: number, setParents: boolean): Node
  forEachChild(node: Node, visit: (child: Node) => void): void
  isClassDeclaration(node: Node): boolean
  isPropertyDeclaration(node: Node): boolean
  isMethodDeclaration(node: Node): boolean
  isEnumDeclaration(node: Node): boolean
  isCallExpression(node: Node): boolean
  isIdentifier(node: Node): boolean
  isStringLiteralLike(node: Node): boolean
  isJSDoc(node: Node): boolean
  isJSDocParameterTag(node: Node): boolean
  isObjectLiteralExpression(node: Node): boolean
  isVariableDeclaration(node: Node): boolean
  isPropertyAccessExpression(node: Node): boolean
  isImportDeclaration(node: Node): boolean
  isExportDeclaration(node: Node): boolean
  isExportAssignment(node: Node): boolean
  getDecorators(node: Node): readonly Node[] | undefined
  getJSDocCommentsAndTags(node: Node): readonly Node[]
  getTextOfJSDocComment(comment: unknown): string | undefined
  preProcessFile(text: string): { readonly importedFiles: readonly { readonly fileName: string }[] }
  resolveModuleName(name: string, from: string, options: Options, host: object): Resolution
  findConfigFile(folder: string, exists: (path: string) => boolean): string | undefined
  readConfigFile(path: string, read: (path: string) => string | undefined): { readonly config?: object }
  parseJsonConfigFileContent(config: object, host: object, folder: string): { readonly options: Options }
}

/** Options of the compiler, as it keeps them. */
export type Options = object

interface Resolution {
  readonly resolvedModule?: { readonly resolvedFileName: string; readonly isExternalLibraryImport?: boolean }
}

export interface Node {
  readonly parent?: Node
  readonly name?: Node
  readonly text?: string
  readonly expression?: Node
  readonly arguments?: readonly Node[]
  readonly members?: readonly Node[]
  readonly comment?: unknown
  readonly tags?: readonly Node[]
  readonly properties?: readonly Node[]
  readonly initializer?: Node
  readonly elements?: readonly Node[]
  readonly moduleSpecifier?: Node
  readonly importClause?: Node
  readonly exportClause?: Node
  readonly namedBindings?: Node
  readonly propertyName?: Node
}

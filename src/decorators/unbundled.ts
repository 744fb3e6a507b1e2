// What `#class-transformer` is in Node (`imports` in package.json): nothing, because copies of class-transformer are looked up among the
// loaded modules. A file of our own costs less to load than a package, and resolvers other than Node's find no built-in module there.
export {}

exception NotFound {
  1: string message
}

service Hello {
  /** Greets by name. Nobody is not found. */
  string SayHello(1: string name) throws (1: NotFound notFound)
}

// bench.Echo on gRPC C++:
//
//   echo serve            prints its port; ends when its input does
//   echo call PORT WORK   calls unary, large or stream: see client.cc
#include "echo.h"

#include <string>

int main(int count, char** arguments) {
  const std::string role = count > 1 ? arguments[1] : "";
  if (role == "serve" && count == 2) return serve();
  if (role == "call" && count == 4) return call(arguments[2], arguments[3]);
  return 2;
}

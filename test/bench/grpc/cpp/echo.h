#pragma once
#include <string>

int serve();
int call(const std::string& port, const std::string& work);

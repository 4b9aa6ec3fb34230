# Text files as constants of the program, so that one binary is all there is.

# migrations/0001_orders.sql of a module folder -> <build>/generated/<path of the folder below src>/migrations.h with
#   inline constexpr std::string_view migration_0001 = …;
#   inline std::vector<db::Migration> migrations() { return {{"orders", 1, "orders", migration_0001}}; }
function(embed_migrations target folder)
  file(RELATIVE_PATH place ${CMAKE_SOURCE_DIR}/src ${folder})
  get_filename_component(module ${folder} NAME)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/migrations/*.sql)
  set(text "#pragma once\n#include <string_view>\n#include <vector>\n#include \"db/database.h\"\nnamespace ${module}::sql {\n")
  set(all "")
  foreach(file ${files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(stem ${file} NAME_WE)
    if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
      message(FATAL_ERROR "${file}: a migration is called 0002_what_it_adds.sql")
    endif()
    set(number ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    string(REGEX REPLACE "^0+" "" count ${number})
    file(READ ${file} sql)
    string(APPEND text "inline constexpr std::string_view migration_${number} = R\"sql(${sql})sql\";\n")
    string(APPEND all "{\"${module}\", ${count}, \"${name}\", migration_${number}}, ")
  endforeach()
  string(APPEND text "inline std::vector<db::Migration> migrations() { return {${all}}; }\n}  // namespace ${module}::sql\n")
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${place}/migrations.h CONTENT "${text}" @ONLY)
endfunction()

# Every file below `folder` -> <build>/generated/<header> with `const Asset assets[]` {path, bytes} in that namespace.
function(embed_files target folder header namespace)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
  set(output ${CMAKE_BINARY_DIR}/generated/${header})
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_custom_command(OUTPUT ${output}
                     COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/cmake/embed.py ${folder} ${output} ${namespace}
                     DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.py VERBATIM)
  string(MAKE_C_IDENTIFIER ${header} name)
  add_custom_target(${name}_embedded DEPENDS ${output})
  add_dependencies(${target} ${name}_embedded)
endfunction()

# Every step of `./dev test` and `./dev soak`, each one a ctest test. Labels: lint, unit (a floor's own program), black (drives
# the real program from outside), soak (hours; never part of `./dev test`).
find_package(GTest REQUIRED)
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

# test_step(NAME LABEL label COMMAND …)
function(test_step name)
  cmake_parse_arguments(S "" "LABEL" "COMMAND" ${ARGN})
  add_test(NAME ${name} COMMAND ${S_COMMAND} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${S_LABEL})
endfunction()

test_step(lint LABEL lint COMMAND Python3::Interpreter tools/lint.py)
test_step(lint_finds LABEL lint COMMAND Python3::Interpreter tools/tests/test_lint.py)
test_step(openapi_judged LABEL lint COMMAND Python3::Interpreter tools/tests/test_openapi.py)
test_step(recipe_fits LABEL lint COMMAND Python3::Interpreter tests/recipe/test_page.py)

# All tests of a floor are one program: `src/<floor>/**/tests/*_test.cpp`.
add_custom_target(unit_tests)
foreach(name base reflect db net core modules edge main)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*_test.cpp)
  if(tests)
    add_executable(${name}_tests ${tests})
    target_include_directories(${name}_tests PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name}_tests PRIVATE daybook_${name} GTest::gtest GTest::gtest_main)
    add_dependencies(unit_tests ${name}_tests)
    test_step(${name} LABEL unit COMMAND ${name}_tests)
  endif()
endforeach()

# Whatever holds of a connection holds of one inside TLS: the same tests once more.
test_step(net_tls LABEL unit COMMAND ${CMAKE_COMMAND} -E env DAYBOOK_NET_TLS=1 $<TARGET_FILE:net_tests>)

# Black-box drivers: tests/<name>/run.py gets the program; in a soak also how many rounds. One after another: they start servers.
file(GLOB drivers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*/run.py)
foreach(driver ${drivers})
  get_filename_component(name ${driver} DIRECTORY)
  get_filename_component(name ${name} NAME)
  test_step(${name} LABEL black COMMAND Python3::Interpreter tests/${name}/run.py --daybook $<TARGET_FILE:daybook>)
  set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
endforeach()
test_step(openapi LABEL black COMMAND Python3::Interpreter tools/openapi.py $<TARGET_FILE:daybook> --check)
if(EXISTS ${CMAKE_SOURCE_DIR}/tests/world/run.py)
  test_step(world_soak LABEL soak COMMAND Python3::Interpreter tests/world/run.py --daybook $<TARGET_FILE:daybook>
            --rounds 200 --repeat 4)
endif()

# The page's files and the charts' libraries as a source file that holds their bytes.
set(report_folder ${CMAKE_CURRENT_SOURCE_DIR}/report)
set(CNCI_ASSETS "")
set(CNCI_SCRIPTS "")
set(report_files "")

function(add_report_asset name path)
  if(NOT EXISTS ${path})
    message(FATAL_ERROR "${path} is absent: run scripts/setup (it calls npm ci in io/report)")
  endif()
  # Sections and alignment as compilers give them to constants.
  string(APPEND CNCI_ASSETS
         "asm(\".pushsection .rodata\\n.global cnci_${name}\\ncnci_${name}:\\n\"\n"
         "    \".incbin \\\"${path}\\\"\\n.global cnci_${name}_end\\ncnci_${name}_end:\\n.byte 0\\n.popsection\\n\");\n"
         "extern \"C\" const char cnci_${name}[];\n"
         "extern \"C\" const char cnci_${name}_end[];\n"
         "static std::string_view ${name}() {\n"
         "  return {cnci_${name}, static_cast<std::size_t>(cnci_${name}_end - cnci_${name})};\n}\n\n")
  list(APPEND report_files ${path})
  set(CNCI_ASSETS "${CNCI_ASSETS}" PARENT_SCOPE)
  set(report_files "${report_files}" PARENT_SCOPE)
endfunction()

# Scripts in the order in which they run; `in_report` and `in_comparison` say on which page.
function(add_report_script name path in_report in_comparison)
  add_report_asset(${name} ${path})
  set(licence "{}")
  if(ARGN)
    add_report_asset(${name}_licence ${ARGN})
    set(licence "${name}_licence()")
  endif()
  string(APPEND CNCI_SCRIPTS "      {${name}(), ${licence}, ${in_report}, ${in_comparison}},\n")
  set(CNCI_ASSETS "${CNCI_ASSETS}" PARENT_SCOPE)
  set(CNCI_SCRIPTS "${CNCI_SCRIPTS}" PARENT_SCOPE)
  set(report_files "${report_files}" PARENT_SCOPE)
endfunction()

add_report_asset(asset_page_html ${report_folder}/page.html)
add_report_asset(asset_page_css ${report_folder}/page.css)
foreach(library vega vega-lite vega-embed)
  string(REPLACE "-" "_" name ${library})
  # The package of vega brings its parts' licence only.
  string(REGEX REPLACE "^vega$" "vega-view" licensed ${library})
  add_report_script(asset_${name} ${report_folder}/node_modules/${library}/build/${library}.min.js
                    true true ${report_folder}/node_modules/${licensed}/LICENSE)
endforeach()
foreach(part numbers page_data elements charts)
  add_report_script(asset_${part} ${report_folder}/${part}.js true true)
endforeach()
foreach(part maps zone_table sections page)
  add_report_script(asset_${part} ${report_folder}/${part}.js true false)
endforeach()
add_report_script(asset_comparison ${report_folder}/comparison.js false true)

configure_file(${CMAKE_CURRENT_SOURCE_DIR}/report_assets.cpp.in
               ${CMAKE_CURRENT_BINARY_DIR}/report_assets.cpp @ONLY)
set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/report_assets.cpp
                            PROPERTIES OBJECT_DEPENDS "${report_files}"
                                       SKIP_UNITY_BUILD_INCLUSION ON)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${report_folder}/package-lock.json)

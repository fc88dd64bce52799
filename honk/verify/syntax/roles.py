"""What the node types of all grammars are: one vocabulary of roles."""

import re
from typing import Literal

Role = Literal["function", "class", "call", "member", "if", "loop", "return", "try", "catch", "string", "number"]

_KINDS: dict[Role, str] = {
    "function": "function_definition function_declaration method_definition method_declaration function_item "
    "method singleton_method local_function_statement constructor_declaration generator_function_declaration "
    "constructor_definition preproc_function_def preproc_def",
    "class": "class_definition class_declaration class module impl_item mod_item interface_declaration "
    "object_declaration class_specifier struct_specifier namespace_definition struct_item enum_item "
    "type_declaration record_declaration trait_item",
    "call": "call call_expression method_invocation invocation_expression function_call_expression "
    "member_call_expression scoped_call_expression nullsafe_member_call_expression macro_invocation",
    "member": "attribute member_expression selector_expression field_expression field_access "
    "member_access_expression navigation_expression scoped_identifier scope_resolution qualified_identifier",
    "if": "if_statement if_expression if unless if_modifier unless_modifier conditional_expression "
    "ternary_expression elif_clause when_entry expression_case expression_switch_statement switch_case "
    "match_arm case_clause case_statement preproc_if preproc_ifdef when switch_section switch_block_statement_group",
    "loop": "for_statement for_range_loop for_in_statement while_statement for_expression while_expression "
    "foreach_statement enhanced_for_statement for while until do_statement",
    "return": "return_statement return_expression return jump_expression",
    "try": "try_statement try_expression begin",
    "catch": "except_clause except_group_clause catch_clause catch_block rescue",
    "string": "string template_string interpreted_string_literal raw_string_literal string_literal "
    "multiline_string_literal encapsed_string verbatim_string_literal interpolated_string_expression rune_literal "
    "char_literal character_literal regex simple_symbol heredoc_body concatenated_string",
    "number": "integer float number int_literal float_literal decimal_integer_literal "
    "decimal_floating_point_literal integer_literal real_literal number_literal hex_integer_literal "
    "long_literal",
}
ROLES: dict[str, Role] = {kind: role for role, kinds in _KINDS.items() for kind in kinds.split()}

COMMENTS = frozenset({"comment", "line_comment", "block_comment", "multiline_comment", "shebang"})
QUOTES = re.compile(r"""^[A-Za-z@$]{0,3}(?:"{3}|'{3}|["'`])|(?:"{3}|'{3}|["'`])$""")

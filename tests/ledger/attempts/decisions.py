"""Attempts at what people decide: approvals, signatures, what they trust, and the history of it."""

from collections.abc import Mapping

WHAT_PEOPLE_DECIDE: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "An approval that nobody gave": {
        "protocol/test_approval.py": {
            "another case, blanks, look-alike letters, the phrase many times over, bytes that are no text": (
                "anything_else_three_times_refuses_spends_the_approval_and_keeps_the_soak"
            ),
            "an approval without a terminal": "without_a_terminal_nothing_is_approved_and_the_question_stays_open",
            "the phrase typed before the question is shown": "what_was_typed_before_the_question_is_no_answer_to_it",
            "an answer that comes after the question has expired": ("a_question_expires_also_for_whoever_has_read_it"),
            "two answers at the same moment": "of_two_people_who_confirm_at_once_one_does",
            "policy, branch, remote tag, staging or artifact changed between the question and the answer": (
                "what_has_changed_since_the_question_refuses_a_yes_and_spends_it"
            ),
        },
        "protocol/test_no_terminal.py": {
            "any other decision of people's from a pipe": "without_a_terminal_no_decision_is_made",
            "a terminal on standard input alone": "a_terminal_that_nobody_sees_is_none",
        },
        "core/approval/test_approval.py": {
            "the approval of one plan used for another": "a_yes_to_another_plan_is_refused",
            "an approval used twice": "an_approval_is_not_used_twice",
            "an approval that was never asked for": "what_was_never_asked_for_is_gone",
            "a release exchanged after it was shown": ("a_release_that_has_changed_since_it_was_shown_is_not_approved"),
            "a rollback exchanged after it was shown": "a_rollback_that_would_be_another_one_by_now_is_not_approved",
            "artifacts exchanged under the same version": "other_artifacts_are_another_plan",
            "an unused approval kept alive by a clock that is set back": (
                "a_claim_does_not_live_longer_for_a_clock_that_was_set_back"
            ),
        },
        "protocol/test_unused_approval.py": {
            "an approval whose daemon was killed, used after its question has expired": (
                "an_approval_that_was_not_used_before_its_question_expired_is_asked_for_again"
            ),
        },
        "core/approval/test_approval_text.py": {
            "control and bidirectional characters in what the person reads": (
                "control_and_bidirectional_characters_are_shown_and_not_obeyed"
            ),
            "a tag whose name draws lines of its own": (
                "whatever_a_tag_is_called_the_block_has_five_lines_of_visible_characters"
            ),
        },
        "protocol/test_elicitation_release.py": {
            "an answer to a form that nobody asked for, and a second answer": (
                "an_answer_that_nobody_asked_for_and_a_second_one_are_refused_and_high_findings"
            ),
            "a form where the policy does not allow forms": (
                "no_form_is_shown_where_the_policy_does_not_name_the_channel"
            ),
            "a form left open and answered after the approval was given elsewhere": (
                "a_form_whose_approval_was_given_elsewhere_is_refused"
            ),
            "a form of the older protocol answered again": "a_form_of_2025_is_answered_once",
            "a wrong phrase in a form": "a_wrong_phrase_in_the_form_spends_the_approval",
        },
        "front/http/test_faults.py": {
            "an answer to a form that nobody sent, over HTTP": ("an_answer_to_a_form_that_nobody_sent_is_a_finding"),
        },
        "protocol/test_rollback.py": {
            "a rollback outside a deployment, without a person": (
                "elsewhere_an_agents_rollback_waits_for_a_human_and_a_persons_own_does_not"
            ),
        },
    },
    "A signature that does not count": {
        "protocol/test_signed_approval.py": {
            "no signature, a stranger's, an expired key's, one for git, one of another plan, an old one again": (
                "whatever_is_no_signature_of_this_plan_is_refused_and_the_question_stays_open"
            ),
            "two last signatures at the same moment": "of_two_last_signatures_at_once_one_claims",
            "a form where people must sign": "a_form_in_the_client_approves_nothing_where_approvers_must_sign",
            "a key added to the approvers' file between the question and the answer": (
                "an_approver_who_was_added_since_the_trust_approves_nothing"
            ),
            "the approvers' file replaced before the question": (
                "an_approver_who_was_added_before_the_question_blocks_it"
            ),
            "the approvers' file replaced before it is trusted": (
                "trust_shows_who_may_approve_and_the_file_that_says_so"
            ),
            "a signature by a key that is no longer trusted": "a_signature_does_not_outlive_the_trust_in_its_key",
            "the approvers' file removed or corrupted": (
                "without_a_fit_file_nobody_approves_and_the_question_stays_open"
            ),
        },
        "adapters/keys/test_approvers.py": {
            "a signature of another document or for another purpose": (
                "another_document_or_another_purpose_is_not_signed"
            ),
            "a key that the file does not name": "a_key_that_the_file_does_not_name_may_not_approve",
            "an approver named like an option of ssh-keygen": ("a_name_is_never_taken_for_an_option_or_a_command"),
            "a hardware key that nobody touched": "a_hardware_key_that_nobody_touched_does_not",
            "the touch added to a signature afterwards": "the_touch_is_signed_too",
            "a truncated signature": "a_signature_that_is_cut_anywhere_is_refused",
            "something that is not a signature": "what_is_no_signature_is_refused",
            "an approvers' file that others can write": "a_file_that_others_may_have_written_is_not_believed",
            "an approvers' file of another user": "a_file_of_another_user_is_not_believed",
        },
        "core/approval/test_signed.py": {
            "the requester signs": "who_asked_cannot_approve",
            "one person signs as two": "distinct_people_have_distinct_names_and_keys",
        },
    },
    "A change that is not seen at trust": {
        "core/policy/test_trust_text.py": {
            "a tab in place of four blanks": "four_blanks_that_became_a_tab_are_a_change_that_can_be_seen",
            "blanks at the end, carriage returns and other white space": (
                "blanks_at_the_end_carriage_returns_and_other_white_space_can_be_seen"
            ),
            "bytes that are not UTF-8, beside the text of their escapes": (
                "what_is_no_utf8_can_be_told_from_its_spelling"
            ),
            "any different bytes": "different_bytes_are_never_shown_alike",
        },
        "core/policy/test_unseen.py": {
            "a command that hides which files it starts": "a_command_that_does_not_is_named_with_its_reason",
        },
        "protocol/test_trust.py": {
            "a script behind a linked folder": "a_script_behind_a_linked_folder_is_not_trusted",
            "a library that a script calls, where its folder is pinned": "folders_that_the_policy_names_are_pinned",
        },
    },
    "A history that is rewritten": {
        "protocol/test_history.py": {
            "a history rewritten from end to end": "a_history_that_was_rewritten_whole_is_found_through_the_tag",
            "a checkpoint of another key in the tag": "a_tag_with_a_checkpoint_of_another_key_is_found",
            "a checkpoint put into a tag of the working copy": (
                "a_note_that_somebody_puts_into_a_tag_of_the_working_copy_is_nobodys"
            ),
        },
        "protocol/test_signed_bundle.py": {
            "a signed approval replaced, removed or truncated in the store, and the bundle made from it": (
                "an_approval_that_is_forged_in_the_store_is_found_through_the_tag"
            ),
        },
        "protocol/test_bundle.py": {
            "every change of an exported bundle": "every_change_of_a_bundle_is_found_and_named",
            "names that lead out of a bundle": "a_name_that_leads_out_of_a_tar_is_refused",
        },
        "adapters/store/test_tampering.py": {
            "an entry changed in the store": "a_changed_history_is_named",
            "two entries swapped": "two_swapped_entries_are_named",
        },
    },
    "Edits beside the history": {
        "protocol/test_history_beside.py": {
            "a finding deleted, made low or closed, or a retired version taken out of the store": (
                "what_was_edited_beside_the_chain_is_found"
            ),
            "an edit that later entries seem to confirm": "an_edit_is_still_found_after_the_history_has_gone_on",
            "the whole history of another project": "a_history_of_another_project_is_found",
        },
        "protocol/test_older_history.py": {
            "an older copy of everything, with its open question": "an_older_copy_of_everything_deploys_nothing_again",
            "an older copy, with a new release": (
                "a_history_that_is_older_than_the_tags_prove_asks_nobody_until_a_person_accepts_the_loss"
            ),
            "an older copy, with a rollback's open question": (
                "an_approval_of_a_rollback_is_held_against_the_tags_and_a_persons_own_rollback_is_not"
            ),
        },
        "protocol/test_failover.py": {
            "a standby that is promoted without a spent approval": (
                "a_spent_approval_that_the_promoted_standby_does_not_know_of_is_not_used_again"
            ),
            "a standby that is promoted without a whole release": (
                "a_release_that_the_promoted_standby_does_not_know_of_halts_until_a_person_says_what_runs"
            ),
        },
        "core/release/test_notices.py": {
            "links and mentions in notifications": "an_agents_words_make_no_links_and_no_mentions",
        },
        "core/access/test_dumps.py": {
            "a secret in a dump of several lines, in either order of its bytes": (
                "a_secret_in_a_dump_of_several_lines_is_masked"
            ),
            "a dump of it that is printed in pieces": "a_dump_that_comes_in_pieces_is_masked_as_the_whole_is",
        },
        "core/access/test_masking.py": {
            "a secret with colours, line ends or the bytes of UTF-16 inside, or in a dump": (
                "a_value_that_is_broken_up_is_masked"
            ),
            "a secret in SQL, CSV and quoted-printable": "quotes_of_sql_and_csv_and_quoted_printable_are_masked",
        },
    },
}

{row}.valid_from

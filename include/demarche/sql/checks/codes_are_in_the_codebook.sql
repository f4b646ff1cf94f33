-- Only codes of the closed lists occur.
SELECT entry_id, stage, sign FROM checked_codings
WHERE stage NOT IN ('considered', 'announced', 'demanded', 'threatened', 'talks', 'agreed', 'in_force', 'carried_out',
        'rejected', 'suspended', 'stated')
    OR sign NOT IN ('cooperative', 'coercive', 'mixed', 'neutral')
    OR len(list_filter(instruments, lambda code: code NOT IN ('demarche', 'consultation', 'readmission', 'deportation',
        'third_country', 'visa_restriction', 'visa_facilitation', 'aid_for_control', 'economic_pressure',
        'border_measure', 'border_cooperation', 'instrumentalisation', 'labour_mobility', 'burden_sharing',
        'sanctions', 'rupture', 'nationals_abroad', 'multilateral'))) > 0
